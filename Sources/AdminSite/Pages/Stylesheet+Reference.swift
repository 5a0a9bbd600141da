extension Stylesheet {
    /// What the API reference needs beyond the other pages.
    static let reference: String = """
        .chapters { columns: 16rem auto; column-gap: 2rem; margin: 0; padding: 0; list-style: none; }
        .chapters > li { break-inside: avoid; margin: 0 0 1rem; }
        .chapters ul { list-style: none; margin: .25rem 0 0; padding: 0; font-size: .92rem; }
        .chapters ul a { text-decoration: none; display: block; padding: .15rem 0; }
        .chapters ul a:hover { text-decoration: underline; }
        .chapter > h2 { border-bottom: 2px solid var(--accent); padding-bottom: .35rem; }
        .operation { padding: 1.25rem 0; border-top: 1px solid var(--line); }
        .operation:first-of-type { border-top: 0; padding-top: .25rem; }
        .operation h3 { margin: 0 0 .35rem; font-size: 1.1rem; }
        .operation h3 a { color: inherit; text-decoration: none; }
        .operation h3 a:hover::after { content: " #"; color: var(--accent); }
        .operation h4 { margin: 1rem 0 .25rem; font-size: .95rem; }
        .operation:target, .schema:target { background: linear-gradient(90deg, var(--tint), transparent 60%); }
        .call { font-family: var(--mono); font-size: .95rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
        .method {
          display: inline-block; min-width: 3.9rem; text-align: center; padding: .1rem .5rem; margin-right: .5rem;
          border-radius: 6px; font-weight: 700; font-size: .85rem; background: var(--tint); color: var(--accent);
        }
        .method.post, .method.patch, .method.put, .method.delete { background: var(--accent); color: var(--accent-ink); }
        .scope { font-size: .88rem; color: var(--soft); margin: 0 0 .5rem; }
        .needed { color: var(--bad); font-size: .8rem; }
        .schema { padding: 1rem 0; border-top: 1px solid var(--line); }
        .schema h3 { margin: 0 0 .25rem; font-family: var(--mono); font-size: 1rem; }
        .back { font-size: .85rem; float: right; }
        @media print {
          header, .skip, .actions, .back { display: none; }
          section { border: 0; padding: 0; }
        }

        """
}
