"""The page of a report: its style, and what stands around its sections."""

REPORT_STYLE = """
:root { color-scheme: light dark; --ink: #1c1d20; --soft: #656a73; --line: #dfe2e7; --paper: #fff; --wash: #f5f6f8;
  --mark: #ffe9a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e5e9; --soft: #9aa1ac; --line: #353941; --paper: #17181b;
  --wash: #1f2125; --mark: #5a4a14; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 2.5rem 1.25rem 5rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  overflow-wrap: break-word; }
h1 { margin: 0 0 2rem; font-size: 1.8rem; line-height: 1.2; letter-spacing: -0.015em; }
h2 { margin: 3rem 0 0.75rem; font-size: 1.15rem; }
p.caption, dl, figcaption { color: var(--soft); font-size: 0.9rem; }
p.caption { margin: 0 0 0.75rem; max-width: 42rem; }
nav { font-size: 0.9rem; }
nav a { color: inherit; margin-right: 1.1rem; text-underline-offset: 0.2em; text-decoration-color: var(--line); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:last-child { min-width: 16rem; color: var(--soft); padding-right: 0; }
td.number:last-child { min-width: 0; color: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.1rem; margin: 1rem 0 0; }
dd { margin: 0; min-width: 0; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } }
figure { margin: 1rem 0 0; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption span { display: inline-block; margin-right: 1.2rem; }
figcaption i { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; border-radius: 50%; }
ol { margin: 0 0 1.25rem; padding: 0.6rem 1rem 0.6rem 3.2rem; background: var(--wash); border-radius: 0.4rem; }
li { padding: 0.1rem 0; }
li::marker { color: var(--soft); font-size: 0.8rem; font-variant-numeric: tabular-nums; }
mark { color: inherit; background: var(--mark); border-radius: 0.2em; padding: 0 0.15em; }
del, .none { color: var(--soft); }
.values tbody th { white-space: normal; min-width: 9rem; }
.text td { min-width: 14rem; color: inherit; }
"""

REPORT_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{images}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
"""Title, style, sources of images that are allowed, and body are to be filled in."""
