#pragma once
#include <microhttpd.h>
#include <stdint.h>
#include <string.h>

// What Swift cannot call: MHD_start_daemon and MHD_get_connection_info take variable arguments.

struct kith_http_settings {
    int listen_socket;
    unsigned int threads;
    unsigned int connections;
    size_t connection_memory;
    /// PEM text, or NULL for plain HTTP; both must live until the daemon has stopped.
    const char *certificate;
    const char *key;
    void *context;
    MHD_AccessHandlerCallback handler;
    void *(*opened)(void *context, const char *uri, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connected;
};

// Paths and queries reach us as sent: decoding before routing would turn %2F into a separator.
static inline size_t kith_http_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void) context;
    (void) connection;
    return strlen(text);
}

static inline struct MHD_Daemon *kith_http_start(const struct kith_http_settings *settings) {
    struct MHD_OptionItem options[12];
    int count = 0;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
#define KITH_HTTP_OPTION(name, number, pointer) \
    options[count++] = (struct MHD_OptionItem) { name, (intptr_t) (number), (void *) (pointer) }
    KITH_HTTP_OPTION(MHD_OPTION_LISTEN_SOCKET, settings->listen_socket, NULL);
    KITH_HTTP_OPTION(MHD_OPTION_CONNECTION_LIMIT, settings->connections, NULL);
    KITH_HTTP_OPTION(MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory, NULL);
    KITH_HTTP_OPTION(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    KITH_HTTP_OPTION(MHD_OPTION_UNESCAPE_CALLBACK, kith_http_keep_escapes, NULL);
    KITH_HTTP_OPTION(MHD_OPTION_URI_LOG_CALLBACK, settings->opened, settings->context);
    KITH_HTTP_OPTION(MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context);
    KITH_HTTP_OPTION(MHD_OPTION_NOTIFY_CONNECTION, settings->connected, settings->context);
    if (settings->threads > 1)
        KITH_HTTP_OPTION(MHD_OPTION_THREAD_POOL_SIZE, settings->threads, NULL);
    if (settings->certificate != NULL && settings->key != NULL) {
        flags |= MHD_USE_TLS;
        KITH_HTTP_OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0, settings->certificate);
        KITH_HTTP_OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, settings->key);
        KITH_HTTP_OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE");
    }
    KITH_HTTP_OPTION(MHD_OPTION_END, 0, NULL);
#undef KITH_HTTP_OPTION
    return MHD_start_daemon(flags, 0, NULL, NULL, settings->handler, settings->context,
                            MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/// What `connected` stored for the connection.
static inline void *kith_http_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static inline int kith_http_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

static inline const struct sockaddr *kith_http_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}
