/// The one stylesheet: readable on a phone, dark where the reader's system is, printable.
enum Stylesheet {
    static let text: String = """
        :root {
          color-scheme: light dark;
          --ground: #fbfaf7; --sheet: #ffffff; --ink: #1d2420; --soft: #55605a; --line: #dfe3dd;
          --accent: #0b6e4f; --accent-ink: #ffffff; --tint: #e7f2ec; --code: #f2f3ee;
          --good: #0b6e4f; --bad: #a3261b; --bad-tint: #fbe9e6;
          --mono: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #131715; --sheet: #1a1f1c; --ink: #e6ebe7; --soft: #a3aea7; --line: #303833;
            --accent: #58c299; --accent-ink: #08150f; --tint: #1c2f27; --code: #222925;
            --good: #58c299; --bad: #ff9c8e; --bad-tint: #3a201c;
          }
        }
        *, *::before, *::after { box-sizing: border-box; }
        html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
        }
        a { color: var(--accent); text-underline-offset: .2em; }
        a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
          outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px;
        }
        .skip { position: absolute; left: -999rem; }
        .skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--sheet); z-index: 2; }
        header {
          display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center;
          padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--sheet);
        }
        header .site {
          font-weight: 700; font-size: 1.15rem; color: var(--ink); text-decoration: none;
          padding-left: 2rem; background: url("/assets/kith.svg") left center / 1.5rem no-repeat;
        }
        header nav ul { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: 0; list-style: none; }
        header nav a { text-decoration: none; padding: .25rem 0; display: inline-block; }
        header nav a[aria-current] { border-bottom: 2px solid var(--accent); color: var(--ink); }
        main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
        main:focus { outline: none; }
        footer { padding: 1.25rem; color: var(--soft); border-top: 1px solid var(--line); text-align: center; }
        h1 { font-size: clamp(1.6rem, 4vw + .6rem, 2.5rem); line-height: 1.15; margin: .25rem 0 .75rem; text-wrap: balance; }
        h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .75rem; }
        h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
        p { margin: 0 0 .75rem; max-width: 46rem; }
        .kicker { text-transform: uppercase; letter-spacing: .08em; font-size: .8rem; color: var(--soft); margin: 0; }
        .lead { font-size: 1.1rem; color: var(--soft); }
        .note { color: var(--soft); font-size: .9rem; margin: .75rem 0 0; }
        .hero { padding: 1rem 0 1.5rem; }
        .button {
          display: inline-block; padding: .55rem 1.1rem; border-radius: 8px; text-decoration: none; font-weight: 600;
          background: var(--accent); color: var(--accent-ink); border: 1px solid var(--accent); margin: 0 .5rem .5rem 0;
        }
        .button.quiet { background: none; color: var(--accent); }
        section {
          background: var(--sheet); border: 1px solid var(--line); border-radius: 12px;
          padding: 1.25rem; margin: 0 0 1.25rem;
        }
        .badge {
          font-size: .8rem; font-weight: 600; padding: .15rem .6rem; border-radius: 99px; vertical-align: middle;
          background: var(--tint); color: var(--good);
        }
        .badge.bad { background: var(--bad-tint); color: var(--bad); }
        .checks { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
        .checks li { padding-left: 1.75rem; position: relative; }
        .checks li::before { content: "✓"; position: absolute; left: .25rem; font-weight: 700; color: var(--good); }
        .checks li.bad::before { content: "✗"; color: var(--bad); }
        .checks span { color: var(--soft); }
        .numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 0; }
        .numbers div { background: var(--tint); border-radius: 8px; padding: .75rem 1rem; }
        .numbers dt { color: var(--soft); font-size: .9rem; }
        .numbers dd { margin: 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; }
        .steps { padding-left: 1.25rem; margin: 0; }
        .commands { margin: 0; }
        .commands div { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .35rem 0; border-top: 1px solid var(--line); }
        .commands dt { flex: 0 0 11rem; }
        .commands dd { margin: 0; color: var(--soft); }
        code, pre { font-family: var(--mono); font-size: .9em; }
        code { background: var(--code); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
        pre { background: var(--code); border-radius: 8px; padding: .85rem 1rem; overflow-x: auto; margin: 0 0 1rem; }
        pre code { background: none; padding: 0; overflow-wrap: normal; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; margin: .5rem 0 1rem; }
        th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; }
        summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }

        """ + reference
}
