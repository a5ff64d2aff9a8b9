import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What an expression reads: a metric, and the labels that it selects or groups by. */
export interface Selection {
  readonly metric: string;
  /** Values that it compares labels with, as they stand in the expression. */
  readonly matched: readonly { readonly label: string; readonly value: string }[];
  /** Labels of `by (…)` around it. */
  readonly grouped: readonly string[];
}

/**
 * Finds all that a PromQL expression reads.
 * @throws Error for an expression that is not PromQL
 */
export function selectionsOf(expression: string): Selection[] {
  const text = ({ from, to }: SyntaxNode): string => expression.slice(from, to);
  const selections: Selection[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, node, from }) => {
      if (type.isError) throw new Error(`Not PromQL at ${from}: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      selections.push({
        metric: metric ? text(metric) : '',
        matched: matchers.map((matcher) => ({
          label: text(matcher.getChild('LabelName') ?? matcher),
          value: text(matcher.getChild('StringLiteral') ?? matcher).slice(1, -1),
        })),
        grouped: groupsAround(node).map(text),
      });
    },
  });
  return selections;
}

/** The labels by which the aggregations around a node group. */
function groupsAround(node: SyntaxNode): SyntaxNode[] {
  const labels: SyntaxNode[] = [];
  for (let around = node.parent; around; around = around.parent) {
    const modifier = around.getChild('AggregateModifier');
    labels.push(...(modifier?.getChild('GroupingLabels')?.getChildren('LabelName') ?? []));
  }
  return labels;
}
