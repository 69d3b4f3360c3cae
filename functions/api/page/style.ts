// How the pages of the API look, in light and dark. It stands in the page itself, by its hash.

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de;
  --accent: #0b5cad; --good: #1a7f37; --bad: #b42318; --on: #ffffff; --code: #eef1f4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --card: #161b22; --text: #e6edf3; --quiet: #9aa4af; --line: #30363d;
    --accent: #79b8ff; --good: #3fb950; --bad: #ff8a80; --on: #0d1117; --code: #21262d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main {
  max-width: 44rem; margin: 2.5rem auto; padding: 1.75rem 2rem 2rem; background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--accent); border-radius: 8px;
}
.brand { margin: 0 0 .5rem; color: var(--quiet); font-size: .875rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
dl { margin: 1.25rem 0; border-top: 1px solid var(--line); }
dl > div {
  display: grid; grid-template-columns: 8rem 1fr; gap: .25rem 1rem; padding: .6rem 0;
  border-bottom: 1px solid var(--line);
}
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code {
  padding: .1rem .35rem; border-radius: 4px; background: var(--code);
  font: .925em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
ul { margin: 0; padding: 0; list-style: none; }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button {
  min-height: 2.75rem; padding: .5rem 1.5rem; border: 1px solid transparent; border-radius: 6px;
  font: inherit; font-weight: 600; cursor: pointer;
}
.approve { background: var(--good); color: var(--on); }
.reject { background: transparent; border-color: var(--bad); color: var(--bad); }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.note { margin: 1.25rem 0 0; color: var(--quiet); font-size: .9rem; }
@media (max-width: 40rem) {
  main { margin: 0; padding: 1.25rem; border-width: 4px 0 0; border-radius: 0; min-height: 100vh; }
  dl > div { grid-template-columns: 1fr; }
  button { flex: 1 1 100%; }
}
@media (forced-colors: active) { button { border-color: ButtonText; } }
@media print { form { display: none; } }
`;
