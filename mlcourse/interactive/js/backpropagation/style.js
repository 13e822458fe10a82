// What the style sheet of back-propagation adds to that of all live components.

export const STYLE = `
.diagram text { fill: var(--ink); text-anchor: middle; font-size: 13px; font-variant-numeric: tabular-nums; }
.diagram .head { font-weight: 600; }
.diagram .gradient { fill: var(--focus); font-size: 12px; font-weight: 600; paint-order: stroke;
  stroke: var(--paper); stroke-width: 3px; }
.node { fill: var(--soft); stroke: var(--line); stroke-width: 1.5; }
.node.now { stroke: var(--focus); stroke-width: 4; }
.edge { stroke: #d55e00; stroke-opacity: 0.4; }
.edge.negative { stroke: #0072b2; stroke-dasharray: 5 3; }
.dark .edge.negative { stroke: #56b4e9; }
.edge:is(.passed, .selected, .now) { stroke-opacity: 1; }
.edge.selected { stroke: var(--ink); }
.edge.now { stroke: var(--focus); }
.target { stroke: transparent; stroke-width: 11; cursor: pointer; }
.sentence { min-height: 5.6em; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(84px, 1fr)); gap: 6px 10px; }
.compact .two-columns { grid-template-columns: minmax(0, 1fr) 590px; }
.compact .side { grid-template-columns: 5fr 3fr; }
.compact .status { min-height: 0; }
.compact .side > :first-child { grid-column: span 2; }
.factors table { width: 100%; }
.factors td:first-child { white-space: nowrap; }
.factors p { font-size: 13px; }
`;
