#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "serve/server_limits.hpp"

namespace locket::tool {

/// Room for uploads in memory, all connections together, of which no user gets more than a share. Any thread.
class UploadRoom {
  struct Use {
    std::uint64_t bytes = 0;
    std::uint64_t uploads = 0;
  };
  using Users = std::map<std::string, Use, std::less<>>;

 public:
  /// Takes its limits.
  explicit UploadRoom(const ServerLimits& limits) noexcept
      : all_max_{limits.upload_bytes_in_flight_max, limits.uploads_in_flight_max},
        user_max_{limits.upload_bytes_per_user_max, limits.uploads_per_user_max} {}

  /// Room for one upload, given back when it ends.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : room_(std::exchange(other.room_, nullptr)), user_(other.user_), bytes_(other.bytes_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (room_ != nullptr) room_->give_back(user_, bytes_);
    }

   private:
    friend class UploadRoom;
    Lease(UploadRoom& room, Users::iterator user, std::uint64_t bytes) noexcept
        : room_(&room), user_(user), bytes_(bytes) {}
    UploadRoom* room_;
    Users::iterator user_;
    std::uint64_t bytes_;
  };

  /// Takes room for so many bytes of one user; nothing when there is not enough, or no more for this user. May throw
  /// `std::bad_alloc`; then nothing was taken.
  [[nodiscard]] std::optional<Lease> take(std::string_view user, std::uint64_t bytes);

  /// Bytes in use.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Uploads under way.
  [[nodiscard]] std::uint64_t uploads() const;

 private:
  void give_back(Users::iterator user, std::uint64_t bytes) noexcept;

  const Use all_max_;
  const Use user_max_;
  mutable std::mutex mutex_;
  Use all_;
  Users users_;  // those who have uploads under way: never more than there may be uploads
};

}  // namespace locket::tool
