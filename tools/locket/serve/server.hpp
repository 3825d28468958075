#pragma once

#include <functional>
#include <string>

#include "serve/service.hpp"

namespace locket::tool {

/// Where a server listens and with what.
struct ServerOptions {
  std::string host = "127.0.0.1";
  std::string port = "8080";  ///< 0: any free one
  std::string certificate;    ///< PEM, the whole chain; empty: no TLS
  std::string private_key;    ///< PEM
  unsigned threads = 1;
};

/// Runs the server until SIGTERM or SIGINT: then no connection is accepted, requests under way are answered within
/// `ServerLimits::stop_ms_max`, and it returns. A second signal ends the program.
/// Inputs: the options; the service, which must outlive the call; what to do at SIGHUP, on a thread of its own; whom to
/// tell where it listens, once connections are accepted.
/// Result: what went wrong before it could listen, or nothing.
[[nodiscard]] std::string run_server(const ServerOptions& options, const Service& service,
                                     const std::function<void()>& reload,
                                     const std::function<void(const std::string& url)>& ready);

}  // namespace locket::tool
