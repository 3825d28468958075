#include "store/reader_pool.hpp"

#include "store/deadline.hpp"

namespace locket::store {

ReaderPool::Loan::~Loan() {
  if (connection_ == nullptr && !discarded_) return;  // moved from
  pool_->give_back(std::move(connection_));
}

void ReaderPool::Loan::discard() noexcept {
  connection_.reset();
  discarded_ = true;
}

ReaderPool::ReaderPool(std::string path, std::size_t connections_max, std::uint32_t busy_wait_ms)
    : path_(std::move(path)), connections_max_(connections_max), busy_wait_ms_(busy_wait_ms) {
  idle_.reserve(connections_max);  // so that giving back never needs memory
}

Result<ReaderPool::Loan> ReaderPool::borrow() {
  {
    std::unique_lock guard(mutex_);
    const auto ready = [this] { return !idle_.empty() || open_ < connections_max_; };
    if (!ready() && !returned_.wait_until(guard, Deadline(busy_wait_ms_).at(), ready)) {
      return fail(Code::store_busy, "all readers were in use");
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());  // the last one used has the warmest pages
      idle_.pop_back();
      return Loan(*this, std::move(connection));
    }
    ++open_;
  }
  auto connection = Connection::open(path_, {OpenMode::read, busy_wait_ms_});
  if (!connection) {
    give_back(nullptr);
    return std::unexpected(std::move(connection.error()));
  }
  return Loan(*this, std::move(*connection));
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) noexcept {
  const std::lock_guard guard(mutex_);
  if (connection == nullptr) {
    --open_;
  } else {
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace locket::store
