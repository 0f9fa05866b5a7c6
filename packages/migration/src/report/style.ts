/** The look of the report: system fonts, light and dark, narrow screens, paper. */

/** The style sheet; the filters' rules are made for the states and strategies that a run has. */
export function styleSheet(states: readonly string[], strategies: readonly string[]): string {
  const rules = [
    ...states.map((name) => filterRule("state", name)),
    ...strategies.map((name) => filterRule("strategy", name)),
  ];
  return `${SHEET}\n@media screen {\n${rules.join("\n")}\n}\n`;
}

function filterRule(group: string, name: string): string {
  return `#keys:has(#${group}-${name}:checked) .keys > tbody:not([data-${group}="${name}"]) { display: none; }`;
}

const SHEET = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --surface: #ffffff; --text: #1a1f24; --muted: #56606b; --line: #d5dae0; --head: #eceff2; --accent: #0a58a6;
  --good: #14622f; --good-back: #e2f3e7; --bad: #a01219; --bad-back: #fde8e8; --wait: #744a00; --wait-back: #fcefd2;
  --plain: #4a545e; --plain-back: #e9edf0;
  --good-fill: #2f8a4e; --bad-fill: #c8262e; --wait-fill: #d59a2b; --plain-fill: #98a3ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161a; --surface: #1a1f25; --text: #e5e9ec; --muted: #a4aeb8; --line: #343c45; --head: #232a31; --accent: #7db8f5;
    --good: #93dba9; --good-back: #15331f; --bad: #ffb3b0; --bad-back: #451719; --wait: #f3c979; --wait-back: #3b2b0b;
    --plain: #b9c2cb; --plain-back: #2b333b;
    --good-fill: #3fa463; --bad-fill: #e5484d; --wait-fill: #c98f26; --plain-fill: #6f7a86;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font-variant-numeric: tabular-nums; }
main { max-width: 80rem; margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 1.2rem + 1.8vw, 2.4rem); margin: 0 0 1rem; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; margin: 0 0 0.75rem; }
h3 { font-size: 0.9375rem; margin: 1rem 0 0.25rem; }
p { margin: 0 0 0.75rem; max-width: 70ch; }
a { color: var(--accent); }
code { font: 0.8125em/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; word-break: break-all; hyphens: none; }
bdi { overflow-wrap: anywhere; }
section { margin-top: 2.75rem; scroll-margin-top: 1rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.muted, .role, .arrow, .kicker { color: var(--muted); }
.kicker { margin: 0 0 0.25rem; font-size: 0.9375rem; }
.role { font-weight: 400; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--surface); padding: 0.5rem 1rem; }
.verdict { display: grid; gap: 0.125rem; max-width: none; margin: 0 0 1.5rem; padding: 0.875rem 1.125rem; border-left: 4px solid; border-radius: 4px; font-size: 1.0625rem; }
.verdict.good { border-color: var(--good-fill); background: var(--good-back); }
.verdict.bad { border-color: var(--bad-fill); background: var(--bad-back); }
.verdict.wait { border-color: var(--wait-fill); background: var(--wait-back); }
.verdict.plain { border-color: var(--plain-fill); background: var(--plain-back); }
.verdict .badge { font-size: 1.0625rem; font-weight: 700; padding: 0; background: none; white-space: normal; }
.ends { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; margin-bottom: 1.5rem; }
.end { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; }
.end h2 { font-size: 1.0625rem; margin-bottom: 0.375rem; }
.end p { margin: 0; }
.end .muted { margin-top: 0.25rem; font-size: 0.875rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.625rem 2rem; margin: 0; }
.facts div { min-width: 0; }
.facts dt { color: var(--muted); font-size: 0.8125rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.bar { display: block; width: 100%; height: 0.75rem; margin: 0 0 1rem; border-radius: 3px; background: var(--line); }
rect.good { fill: var(--good-fill); }
rect.bad { fill: var(--bad-fill); }
rect.wait { fill: var(--wait-fill); }
rect.plain { fill: var(--plain-fill); }
.badge { display: inline-block; padding: 0.0625rem 0.5rem; border-radius: 1rem; font-size: 0.875rem; font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.badge.wait { color: var(--wait); background: var(--wait-back); }
.badge.plain { color: var(--plain); background: var(--plain-back); }
table { border-collapse: separate; border-spacing: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1.5rem; font-size: 0.9375rem; }
caption { text-align: left; white-space: nowrap; color: var(--muted); font-size: 0.875rem; padding: 0 0 0.375rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.875rem; border-top: 1px solid var(--line); font-weight: 400; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--head); border-top: 0; border-bottom: 1px solid var(--line); font-size: 0.8125rem; font-weight: 600; }
thead th:first-child { border-top-left-radius: 7px; }
thead th:last-child { border-top-right-radius: 7px; }
thead + tbody > tr:first-child > * { border-top: 0; }
.tables { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 0 2rem; }
.number { text-align: right; white-space: nowrap; }
time { white-space: nowrap; }
.keys { width: 100%; table-layout: fixed; }
.keys th:nth-child(1) { width: 22%; }
.keys th:nth-child(2) { width: 6.5rem; }
.keys th:nth-child(3) { width: 8rem; }
.key { display: grid; gap: 0.125rem; }
.key .label { font-weight: 600; overflow-wrap: anywhere; }
.key .muted { font-size: 0.8125rem; }
.key .label .muted { font-weight: 400; }
.addresses p { margin: 0 0 0.25rem; }
.addresses .role { font-size: 0.8125rem; }
.evidence p { margin: 0 0 0.25rem; }
.evidence .muted { font-size: 0.875rem; }
.evidence .error, .evidence .pending { padding: 0.375rem 0.625rem; border-radius: 4px; overflow-wrap: anywhere; }
.error { background: var(--bad-back); color: var(--bad); }
.pending { background: var(--wait-back); color: var(--wait); }
summary { cursor: pointer; color: var(--accent); font-size: 0.875rem; width: fit-content; }
details[open] > summary { margin-bottom: 0.5rem; }
.more td { border-top: 0; padding-top: 0; padding-bottom: 0.75rem; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 0 2rem; }
.lists .checked { grid-column: span 2; }
.lists h3 { margin-top: 0.25rem; }
details .muted { font-size: 0.8125rem; margin: 0; }
ul { margin: 0 0 0.5rem; padding-left: 1.125rem; }
ul.plain, ul.checks { list-style: none; padding: 0; }
ul.plain { margin: 0; }
li { overflow-wrap: anywhere; }
.checks li { margin-bottom: 0.25rem; }
#retained table { width: 100%; }
#retained tbody th, #strategies tbody th { white-space: nowrap; }
#retained td:last-child { width: 40%; }
.plain code { display: block; color: var(--muted); }
.digest code { font-size: 1rem; font-weight: 600; }
.filters { display: none; flex-wrap: wrap; gap: 0.75rem 2rem; align-items: end; margin: 0 0 1rem; }
@supports selector(:has(a)) { .filters { display: flex; } }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 0.25rem; font-size: 0.8125rem; color: var(--muted); }
fieldset label { position: relative; display: inline-block; margin: 0 0.375rem 0.375rem 0; cursor: pointer; }
fieldset input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
fieldset span { display: block; padding: 0.25rem 0.75rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); font-size: 0.875rem; }
fieldset input:checked + span { background: var(--accent); border-color: var(--accent); color: var(--surface); font-weight: 600; }
fieldset input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
.search { margin: 0 0 0.375rem; }
.search[hidden] { display: none; }
.search label { display: block; font-size: 0.8125rem; color: var(--muted); margin-bottom: 0.25rem; }
.search input { font: inherit; font-size: 0.9375rem; color: inherit; background: var(--surface); border: 1px solid var(--muted); border-radius: 6px; padding: 0.25rem 0.625rem; width: 18rem; max-width: 100%; }
.search output { color: var(--muted); font-size: 0.875rem; white-space: nowrap; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.875rem; }
@media screen and (max-width: 59.99rem) {
  table, caption, tbody, tr, th, td { display: block; width: auto; }
  caption { white-space: normal; }
  .keys th:nth-child(n) { width: auto; }
  .lists .checked { grid-column: auto; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  table { border: 0; background: none; }
  tr { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 0.5rem 0; margin-bottom: 0.75rem; }
  .keys tbody { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 0.5rem 0; margin-bottom: 0.75rem; }
  .keys tr { border: 0; border-radius: 0; padding: 0; margin: 0; }
  tbody > tr > th, tbody > tr > td { text-align: left; white-space: normal; border: 0; padding: 0.25rem 0.875rem; display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: 0.75rem; }
  tbody > tr > .number { text-align: left; }
  #retained td:last-child { width: auto; }
  .tables > table { flex: 1 1 100%; }
  thead + tbody > tr:first-child > *, .more > td { border: 0; }
  tbody > tr.more > td { display: block; padding-top: 0.25rem; }
  tbody th, tbody td { overflow-wrap: anywhere; }
  tbody [data-title]::before { content: attr(data-title); color: var(--muted); font-size: 0.8125rem; padding-top: 0.125rem; }
  tbody td > .badge { justify-self: start; }
}
@page { margin: 15mm 12mm; }
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --surface: #ffffff; --text: #000000; --muted: #444c54; --line: #b9c0c7; --head: #eef0f2; --accent: #0a58a6;
    --good: #14622f; --good-back: #eef7f1; --bad: #a01219; --bad-back: #fdf0f0; --wait: #744a00; --wait-back: #fdf6e6; --plain: #4a545e; --plain-back: #f0f2f4;
    --good-fill: #2f8a4e; --bad-fill: #c8262e; --wait-fill: #d59a2b; --plain-fill: #98a3ae;
  }
  html { font-size: 9pt; }
  body { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .filters, .skip { display: none; }
  section { margin-top: 1.5rem; }
  h2 { break-after: avoid; }
  tr, .keys tbody, .end, .verdict { break-inside: avoid; }
  thead th { position: static; }
  details::details-content { content-visibility: visible; height: auto; }
  summary { display: none; }
}
`;
