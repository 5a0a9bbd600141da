/// Finds the route of a method and path; fixed segments win over `{names}`, and these over `{rest...}`.
struct Router: Sendable {
    enum Match: Sendable {
        case route(Int, parameters: [String: String])
        /// The path is known, but not with this method.
        case otherMethods([Method])
        case missing
        case malformed
    }

    private struct Node: Sendable {
        var fixed: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        /// Routes that end here, by method, with the names of their parameters in order.
        var routes: [(method: Method, index: Int, names: [String])] = []
    }

    private var nodes: [Node] = [Node()]

    init(_ routes: [Route]) {
        for (index, route) in routes.enumerated() { add(route, index) }
    }

    private mutating func add(_ route: Route, _ index: Int) {
        guard route.path.hasPrefix("/") else { fatalError("A route's path begins with a slash: \(route.name)") }
        var place = 0
        for segment in route.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            place = child(of: place, segment: segment, route)
        }
        if nodes[place].routes.contains(where: { $0.method == route.method }) {
            fatalError("Two routes never share method and path: \(route.name)")
        }
        nodes[place].routes.append((route.method, index, route.parameterNames))
    }

    private mutating func child(of place: Int, segment: Substring, _ route: Route) -> Int {
        if segment.hasPrefix("{"), segment.hasSuffix("...}") {
            if let known = nodes[place].rest { return known }
            nodes.append(Node())
            nodes[place].rest = nodes.count - 1
            return nodes.count - 1
        }
        if segment.hasPrefix("{"), segment.hasSuffix("}") {
            if let known = nodes[place].parameter { return known }
            nodes.append(Node())
            nodes[place].parameter = nodes.count - 1
            return nodes.count - 1
        }
        return newFixed(place, segment)
    }

    private mutating func newFixed(_ place: Int, _ segment: Substring) -> Int {
        if let known = nodes[place].fixed[String(segment)] { return known }
        nodes.append(Node())
        nodes[place].fixed[String(segment)] = nodes.count - 1
        return nodes.count - 1
    }

    func match(_ method: Method, path: String) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .missing }
        var segments: [String] = []
        segments.reserveCapacity(8)
        for segment in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(Substring(segment)) else { return .malformed }
            segments.append(decoded)
        }
        var values: [String] = []
        var allowed: [Method] = []
        if let found = find(method, segments[...], from: 0, &values, &allowed) { return found }
        return allowed.isEmpty ? .missing : .otherMethods(allowed)
    }

    private func find(
        _ method: Method, _ segments: ArraySlice<String>, from place: Int, _ values: inout [String],
        _ allowed: inout [Method]
    ) -> Match? {
        guard let segment = segments.first else { return end(method, at: place, values, &allowed) }
        let node = nodes[place]
        if let next = node.fixed[segment],
            let found = find(method, segments.dropFirst(), from: next, &values, &allowed)
        {
            return found
        }
        if let next = node.parameter, !segment.isEmpty {
            values.append(segment)
            if let found = find(method, segments.dropFirst(), from: next, &values, &allowed) { return found }
            values.removeLast()
        }
        guard let next = node.rest else { return nil }
        return end(method, at: next, values + [segments.joined(separator: "/")], &allowed)
    }

    private func end(_ method: Method, at place: Int, _ values: [String], _ allowed: inout [Method]) -> Match? {
        let routes = nodes[place].routes
        // HEAD is answered by the route for GET, without its body.
        let found =
            routes.first { $0.method == method } ?? (method == .head ? routes.first { $0.method == .get } : nil)
        guard let found else {
            for route in routes where !allowed.contains(route.method) { allowed.append(route.method) }
            return nil
        }
        if values.isEmpty { return .route(found.index, parameters: [:]) }
        let pairs = zip(found.names, values)
        return .route(found.index, parameters: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }
}
