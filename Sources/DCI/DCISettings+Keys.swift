package import Runtime

extension DCISettings {
    private static let prefixesKey: SettingKey = SettingKey(
        "dci.prefixes", .text, default: "/,/dci/v1.0.0",
        "Paths in front of /registry/sync/search at which the DCI door answers, parted by commas; / is the bare path.")
    private static let aliasesKey: SettingKey = SettingKey(
        "dci.aliases", .text, default: "/sr", "Short paths in front of /sync/search, parted by commas.")
    private static let registryKey: SettingKey = SettingKey(
        "dci.registry-id", .text, default: "kith", "The sender_id of DCI answers.")
    private static let receiversKey: SettingKey = SettingKey(
        "dci.receiver-ids", .text,
        "The receiver_id values that mean this registry, parted by commas; unset accepts any.")
    private static let pageKey: SettingKey = SettingKey(
        "dci.page-size", .integer(1...10_000), default: "50",
        "Records on a page of a DCI answer when none is asked for.")
    private static let largestPageKey: SettingKey = SettingKey(
        "dci.page-size-max", .integer(1...10_000), default: "2000", "The largest page of a DCI answer.")
    private static let requestsKey: SettingKey = SettingKey(
        "dci.requests-max", .integer(1...10_000), default: "100", "The largest number of requests in one DCI message.")
    private static let recordsKey: SettingKey = SettingKey(
        "dci.records-max", .integer(1...100_000), default: "5000",
        "The largest number of records in all pages of one DCI message together.")
    private static let bodyKey: SettingKey = SettingKey(
        "dci.body-limit", .size, default: "1MiB", "The largest DCI message.")
    private static let furthestKey: SettingKey = SettingKey(
        "dci.furthest-record", .integer(1...100_000_000), default: "100000",
        "Pages of DCI answers reach to this record of a result.")
    private static let resultKey: SettingKey = SettingKey(
        "dci.result-max", .integer(1...1_000_000_000),
        "The longest result that DCI requests may have at all; unset means any.")
    private static let windowKey: SettingKey = SettingKey(
        "dci.duplicate-window", .duration, default: "24h", "How long a DCI message id stays taken; a day or more.")

    /// Every setting of the door.
    package static let keys: [SettingKey] = [
        prefixesKey, aliasesKey, registryKey, receiversKey, pageKey, largestPageKey, requestsKey, recordsKey, bodyKey,
        furthestKey, resultKey, windowKey,
    ]

    /// The settings as chosen; all `keys` must have been loaded.
    package init(_ settings: Settings) {
        self.init()
        prefixes = Self.list(settings.text(Self.prefixesKey)).map { $0 == "/" ? "" : $0 }
        aliases = Self.list(settings.text(Self.aliasesKey))
        registryID = settings.text(Self.registryKey)
        receiverIDs = Set(settings.textIfSet(Self.receiversKey).map(Self.list) ?? [])
        standardPageSize = settings.integer(Self.pageKey)
        maximumPageSize = max(standardPageSize, settings.integer(Self.largestPageKey))
        maximumRequests = settings.integer(Self.requestsKey)
        mostRecords = max(maximumPageSize, settings.integer(Self.recordsKey))
        bodyLimit = settings.size(Self.bodyKey)
        furthestRecord = settings.integer(Self.furthestKey)
        maximumResult = settings.integerIfSet(Self.resultKey)
        duplicateWindow = max(86_400, Int(settings.duration(Self.windowKey).components.seconds))
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingPrefix(" ") }.filter { !$0.isEmpty }.map(String.init)
    }
}
