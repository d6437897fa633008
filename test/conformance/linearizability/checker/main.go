// Judges histories of a store: is there one order of all calls, within the times that they took, in which a plain map
// would have given the same answers? A line of standard input is one history, a JSON array of calls.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

type call struct {
	Client int      `json:"client"`
	Op     string   `json:"op"`
	Key    string   `json:"key"`
	Old    string   `json:"old"`
	Next   string   `json:"next"`
	Result string   `json:"result"`
	Read   []string `json:"read"`
	Begin  int64    `json:"begin"`
	End    int64    `json:"end"`
}

type state map[string]string

// step gives the states that the map may be in after c, none when it cannot have answered like that.
func step(before state, c call) []interface{} {
	switch c.Op {
	case "get":
		if c.Result == "unknown" || before[c.Key] == c.Read[0] {
			return []interface{}{before}
		}
		return nil
	case "list":
		shown := []string{}
		for key, value := range before {
			shown = append(shown, key+"="+value)
		}
		slices.Sort(shown)
		if c.Result == "unknown" || slices.Equal(shown, c.Read) {
			return []interface{}{before}
		}
		return nil
	}
	holds := before[c.Key] == c.Old
	after := maps.Clone(before)
	if c.Next == "" {
		delete(after, c.Key)
		// There is nothing to delete: the store refuses.
		holds = holds && c.Old != ""
	} else {
		after[c.Key] = c.Next
	}
	switch {
	case c.Result == "unknown" && holds:
		return []interface{}{before, after}
	case c.Result == "unknown":
		return []interface{}{before}
	case c.Result == "ok" && holds:
		return []interface{}{after}
	case c.Result == "refused" && !holds:
		return []interface{}{before}
	}
	return nil
}

var model = porcupine.NondeterministicModel{
	Init: func() []interface{} { return []interface{}{state{}} },
	Step: func(before, input, _ interface{}) []interface{} {
		return step(before.(state), input.(call))
	},
	Equal: func(a, b interface{}) bool { return maps.Equal(a.(state), b.(state)) },
}

func judge(line []byte) error {
	var calls []call
	if err := json.Unmarshal(line, &calls); err != nil {
		return err
	}
	operations := make([]porcupine.Operation, 0, len(calls))
	for _, c := range calls {
		operations = append(operations, porcupine.Operation{
			ClientId: c.Client, Input: c, Call: c.Begin, Return: c.End,
		})
	}
	switch porcupine.CheckOperationsTimeout(model.ToModel(), operations, 30*time.Second) {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("%d calls could not be judged in time", len(calls))
	}
	return fmt.Errorf("%d calls have no order that explains them", len(calls))
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	failed := []string{}
	count := 0
	for ; input.Scan(); count++ {
		if err := judge(input.Bytes()); err != nil {
			failed = append(failed, fmt.Sprintf("history %d: %v", count, err))
		}
	}
	if err := input.Err(); err != nil {
		failed = append(failed, err.Error())
	}
	fmt.Printf("%d histories, %d refused\n%s\n", count, len(failed), strings.Join(failed, "\n"))
	if len(failed) > 0 {
		os.Exit(1)
	}
}
