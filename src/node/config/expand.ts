/**
 * Replaces `$(NAME)` by what `value` gives for NAME; what it does not know stays as it is, and `$$` is a `$`.
 *
 *   expand("$(A)-$$(A)-$(B)", { A: "1" })   is   "1-$(A)-$(B)"
 */
export function expand(text: string, value: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, mark: string, name: string | undefined) => {
    if (mark === "$") return "$";
    return value(name ?? "") ?? whole;
  });
}
