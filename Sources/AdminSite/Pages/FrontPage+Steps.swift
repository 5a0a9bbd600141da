import Markup

extension FrontPage {
    /// Three requests to try, and what to do after them.
    var steps: HTML {
        let address = installation.address
        return """
            <section aria-labelledby="steps">
            <h2 id="steps">Next steps</h2>
            <ol class="steps">
            <li><p>Take a token from the credentials that were written when the registry was set up:</p>
            <pre tabindex="0"><code>export TOKEN=…</code></pre></li>
            <li><p>Search for people by name, whatever the order, accents or spelling:</p>
            <pre tabindex="0"><code>curl -H "Authorization: Bearer $TOKEN" \\
              "\(address)/api/v1/people?name=ndayishimiye&amp;limit=5"</code></pre></li>
            <li><p>Look an area up, and read the log of what happened:</p>
            <pre tabindex="0"><code>curl -H "Authorization: Bearer $TOKEN" "\(address)/api/v1/areas?level=1"
            curl -H "Authorization: Bearer $TOKEN" "\(address)/api/v1/events?limit=5"</code></pre></li>
            <li><p>Read on in the <a href="/reference">API reference</a>, or give the \
            <a href="/api/v1/openapi.json">OpenAPI document</a> to a tool of your own.</p></li>
            </ol>
            <h3>On the command line</h3>
            <dl class="commands">
            <div><dt><code>kith demo</code></dt><dd>makes a population to try things on</dd></div>
            <div><dt><code>kith import FILE</code></dt><dd>brings a file in; bad rows go to a quarantine file</dd></div>
            <div><dt><code>kith search</code></dt><dd>searches as the API does</dd></div>
            <div><dt><code>kith export</code></dt><dd>writes lists</dd></div>
            </dl>
            </section>

            """
    }
}
