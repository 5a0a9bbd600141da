import Markup

/// The frame of the open pages.
enum Frame {
    enum Place { case front, reference }

    static func page(_ place: Place, title: String, installation: FrontDoor.Installation, _ main: HTML) -> HTML {
        PageFrame(
            siteName: "Kith", stylesheets: [Asset.stylesheet.address],
            navigation: [
                PageFrame.Link("Overview", href: "/", isCurrent: place == .front),
                PageFrame.Link("API reference", href: "/reference", isCurrent: place == .reference),
            ],
            foot: """
                <p>Kith \(installation.version) · \(installation.title)</p>
                """
        ).page(title: title, main)
    }
}
