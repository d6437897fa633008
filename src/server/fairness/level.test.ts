import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ask, Level, type Rules, type Ticket } from "./level.ts";

const queue: Rules = { type: "queue", queues: 8, handSize: 2, lengthMax: 3 };

const ask = (distinguisher: string, seats = 1): Ask => ({ schema: "s", distinguisher, seats });

function start(level: Level, what: Ask, nowMs = 0): Ticket {
  const ticket = level.start(what, nowMs);
  assert.ok(typeof ticket !== "string", `refused: ${String(ticket)}`);
  return ticket;
}

const refusals: { title: string; rules: Rules; limit: number; asks: Ask[]; last: string }[] = [
  {
    title: "a level without queues refuses what finds no seat",
    rules: { type: "reject" },
    limit: 2,
    asks: [ask("a"), ask("b"), ask("c")],
    last: "concurrency-limit",
  },
  {
    title: "an exempt level has no limit",
    rules: { type: "exempt" },
    limit: 0,
    asks: [ask("a"), ask("a"), ask("a", 9)],
    last: "running",
  },
  {
    title: "what finds no seat waits",
    rules: queue,
    limit: 1,
    asks: [ask("a"), ask("b")],
    last: "waiting",
  },
  {
    title: "a flow whose queues are full is refused",
    rules: queue,
    limit: 1,
    asks: Array.from({ length: 8 }, () => ask("a")),
    last: "queue-full",
  },
  {
    title: "one that needs more seats than there are runs alone",
    rules: queue,
    limit: 2,
    asks: [ask("a", 5)],
    last: "running",
  },
  {
    title: "and waits until all others have gone",
    rules: queue,
    limit: 2,
    asks: [ask("a"), ask("b", 5)],
    last: "waiting",
  },
  {
    title: "of two flows the one with less work goes first",
    rules: queue,
    limit: 2,
    asks: [ask("a"), ask("b", 2), ask("c")],
    last: "running",
  },
];

for (const { title, rules, limit, asks, last } of refusals)
  test(`level: ${title}`, () => {
    const level = new Level("l", rules, limit, 0);
    const outcomes = asks.map((one) => level.start(one, 0));
    const end = outcomes.at(-1)!;
    assert.equal(typeof end === "string" ? end : end.state, last);
  });

test("level: a seat that is given back goes to the next one that waits", () => {
  const level = new Level("l", queue, 1, 0);
  const first = start(level, ask("a"));
  const second = start(level, ask("b"));
  let ran = 0;
  second.run = () => ran++;
  level.finish(first, 5);
  assert.equal(second.state, "running");
  assert.equal(ran, 1);
  assert.deepEqual(level.use, { running: 1, waiting: 0, seats: 1 });
});

test("level: one that gives up leaves its place", () => {
  const level = new Level("l", queue, 1, 0);
  const first = start(level, ask("a"));
  const second = start(level, ask("b"));
  const third = start(level, ask("c"));
  level.leave(second, 1);
  level.finish(first, 2);
  assert.deepEqual([second.state, third.state], ["over", "running"]);
});

test("level: a higher limit lets those run that wait", () => {
  const level = new Level("l", queue, 1, 0);
  start(level, ask("a"));
  const second = start(level, ask("b"));
  level.configure(queue, 2, 1);
  assert.equal(second.state, "running");
});

test("level: a flow that took all seats stands behind one that comes later", () => {
  const level = new Level("l", { type: "queue", queues: 64, handSize: 2, lengthMax: 50 }, 4, 0);
  const running = Array.from({ length: 4 }, () => start(level, ask("greedy")));
  const greedy = Array.from({ length: 20 }, () => start(level, ask("greedy"), 1));
  const modest = start(level, ask("modest"), 2);
  let finished = 0;
  for (let now = 10; modest.state === "waiting"; now += 10) {
    const next = [...running, ...greedy].find(({ state }) => state === "running")!;
    level.finish(next, now);
    finished++;
  }
  assert.ok(finished <= 3, `${finished} of the greedy flow went first`);
});

test("level: seats are never more than the limit, nobody is forgotten, all end", () => {
  const step = fc.record({
    do: fc.constantFrom("start", "finish", "leave"),
    flow: fc.integer({ min: 0, max: 4 }),
    seats: fc.integer({ min: 1, max: 3 }),
    pick: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const level = new Level("l", queue, 4, 0);
      const all: Ticket[] = [];
      const pick = (state: Ticket["state"], at: number): Ticket | undefined => {
        const some = all.filter((ticket) => ticket.state === state);
        return some[at % some.length];
      };
      let now = 0;
      for (const one of steps) {
        now++;
        if (one.do === "start") {
          const ticket = level.start(ask(`f${one.flow}`, one.seats), now);
          if (typeof ticket !== "string") all.push(ticket);
        }
        const running = one.do === "finish" ? pick("running", one.pick) : undefined;
        if (running !== undefined) level.finish(running, now);
        const waiting = one.do === "leave" ? pick("waiting", one.pick) : undefined;
        if (waiting !== undefined) level.leave(waiting, now);
        const { seats } = level.use;
        assert.ok(seats <= 4);
        const counted = (state: string): number => all.filter((t) => t.state === state).length;
        assert.equal(level.use.running, counted("running"));
        assert.equal(level.use.waiting, counted("waiting"));
        assert.ok(counted("waiting") === 0 || seats > 1, "seats are free and somebody waits");
      }
      for (let left = all.length; left > 0; left--) {
        const running = pick("running", 0);
        if (running !== undefined) level.finish(running, ++now);
      }
      assert.deepEqual(level.use, { running: 0, waiting: 0, seats: 0 });
    }),
  );
});
