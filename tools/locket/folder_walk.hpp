#pragma once

#include <functional>
#include <string>

#include "locket/error.hpp"
#include "source_root.hpp"

namespace locket::tool {

/// What a walk meets. Paths count from the root.
struct FolderVisitor {
  std::function<bool(const std::string& relative)> file;    ///< a regular file; false ends the walk
  std::function<bool(const std::string& relative)> folder;  ///< before its names are read; false ends the walk
  std::function<void()> other;                              ///< a link, pipe, socket or device
  std::function<void(const std::string& relative, const Error&)> fault;  ///< a folder that can't be read
};

/// Visits everything below a folder, in the order of the names, links not followed.
/// Inputs: the root; the folder below it to begin with, empty for the root itself; the visitor, each of whose functions
/// may be left out; how many names are held at once.
/// Memory: that many names, whatever the size and the depth of the folders; a larger folder is read again for each
/// batch of names. What appears or vanishes meanwhile may be met or not.
void walk_folder(const SourceRoot& root, const std::string& from, const FolderVisitor& visitor,
                 std::size_t names_held_max = 65'536);

}  // namespace locket::tool
