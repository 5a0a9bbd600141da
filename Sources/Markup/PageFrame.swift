/// The frame of every page: head, skip link, banner, navigation, main part and foot.
///
/// Styles and scripts are files; nothing stands inline, so that the policy `default-src 'self'` holds.
public struct PageFrame: Sendable {
    /// One link of the navigation.
    public struct Link: Sendable {
        /// What the reader sees.
        public var label: String
        /// Where it leads.
        public var href: String
        /// Whether the reader is there now.
        public var isCurrent: Bool

        /// One link of the navigation.
        public init(_ label: String, href: String, isCurrent: Bool = false) {
            (self.label, self.href, self.isCurrent) = (label, href, isCurrent)
        }
    }

    /// A BCP 47 tag: `en`, `fr`, `rn`.
    public var language: String
    /// Whether the language is written from right to left.
    public var isRightToLeft: Bool
    /// The name of the site, behind the title of each page.
    public var siteName: String
    /// Where the site's name leads.
    public var home: String
    /// Paths of style sheets, in the order in which they apply.
    public var stylesheets: [String]
    /// ES modules, loaded after the page is read.
    public var scripts: [String]
    /// The links that every page shows.
    public var navigation: [Link]
    /// The label of the link that jumps over the navigation, for the keyboard.
    public var skipLabel: String
    /// What stands at the end of the banner: who is signed in, the choice of language.
    public var banner: HTML
    /// What stands at the end of every page.
    public var foot: HTML

    /// The frame of a site in one language.
    public init(
        language: String = "en", isRightToLeft: Bool = false, siteName: String, home: String = "/",
        stylesheets: [String] = [], scripts: [String] = [], navigation: [Link] = [],
        skipLabel: String = "Skip to content", banner: HTML = .empty, foot: HTML = .empty
    ) {
        (self.language, self.isRightToLeft, self.siteName, self.home) = (language, isRightToLeft, siteName, home)
        (self.stylesheets, self.scripts, self.navigation) = (stylesheets, scripts, navigation)
        (self.skipLabel, self.banner, self.foot) = (skipLabel, banner, foot)
    }

    /// The whole document around `main`, which begins with its own `<h1>`.
    public func page(title: String, _ main: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="\(language)" dir="\(isRightToLeft ? "rtl" : "ltr")">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – \(siteName)</title>
        \(stylesheets.map { "<link rel=\"stylesheet\" href=\"\($0)\">\n" as HTML })\
        \(scripts.map { "<script type=\"module\" src=\"\($0)\"></script>\n" as HTML })\
        </head>
        <body>
        <a class="skip" href="#main">\(skipLabel)</a>
        <header>
        <a class="site" href="\(home)">\(siteName)</a>
        \(navigationList)\(banner)
        </header>
        <main id="main" tabindex="-1">
        \(main)
        </main>
        <footer>\(foot)</footer>
        </body>
        </html>

        """
    }

    private var navigationList: HTML {
        guard !navigation.isEmpty else { return .empty }
        let items = navigation.map { link -> HTML in
            let current: Attributes = ["aria-current": link.isCurrent ? "page" : .flag(false)]
            return "<li><a href=\"\(link.href)\"\(current)>\(link.label)</a></li>\n"
        }
        return "<nav>\n<ul>\n\(items)</ul>\n</nav>\n"
    }
}
