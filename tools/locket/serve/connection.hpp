#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "serve/worker.hpp"

namespace locket::tool {

/// Serves one connection until it ends, within all limits. Runs on the worker's thread. `tls` absent: plain HTTP.
[[nodiscard]] boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket, Worker& worker,
                                                            std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace locket::tool
