#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "locket/copy_store.hpp"
#include "store/sample.hpp"

namespace locket {

/// A store with facts, and an empty one.
class CopyStore : public testing::Test {
 protected:
  void SetUp() override {
    from = std::move(*open_store(folder.file("from.locket")));
    to = std::move(*open_store(folder.file("to.locket")));
    AccessDocument document;
    document.organizations = {{Guid{{1}}, {"ada"}, {}}};
    document.itwins = {{Guid{{3}}, Guid{{1}}, {"olivia"}, {}, {}, {}}};
    document.imodels = {{Guid{{5}}, Guid{{3}}, ImodelMode::none, {}}, {Guid{{6}}, Guid{{3}}, ImodelMode::users, {}}};
    ASSERT_TRUE(from->replace_access(document));
  }

  static Record record(std::uint64_t imodel, std::uint64_t version = 1) {
    Record made = sample::record({.imodel = imodel, .version = version, .small_bytes = 60, .large_bytes = 90});
    made.uploaded_by = "olivia";
    made.source = {MediaType::jpeg, {640, 480}, 12'345, 6, true, true};
    made.updated_at_s = 1'700'000'000 + static_cast<std::int64_t>(imodel);
    return made;
  }

  /// A second upload of iModel 1 that differs from the first as `change` makes it.
  static Record changed(const std::function<void(Record&)>& change) {
    Record made = record(1);
    change(made);
    return made;
  }

  static void replace_or_remove(Store& store, bool remove) {
    if (remove) {
      EXPECT_TRUE(*store.remove(sample::id(1)));
    } else {
      EXPECT_TRUE(store.put(record(1, 2)));
    }
  }

  /// Changes a bit of an iModel's entry in a store's file: the id stands there, then the iTwin's, then the rest.
  void damage(const std::string& name, std::unique_ptr<Store>& store, const Guid& imodel, const Guid& itwin,
              std::size_t at) {
    store.reset();
    std::string bytes = sample::read_file(folder.file(name));
    const auto text = [](const Guid& id) { return std::string(id.bytes.begin(), id.bytes.end()); };
    const std::size_t entry = bytes.find(text(imodel) + text(itwin));
    ASSERT_NE(entry, std::string::npos);
    bytes[entry + at] = static_cast<char>(bytes[entry + at] ^ 1);
    sample::write_file(folder.file(name), bytes);
    store = std::move(*open_store(folder.file(name)));
  }

  CopyReport copy(const CopyOptions& options = {}) {
    auto report = copy_store(*from, *to, options);
    EXPECT_TRUE(report) << report.error().detail;
    return report ? *report : CopyReport();
  }

  sample::Folder folder;
  std::unique_ptr<Store> from;
  std::unique_ptr<Store> to;
};

}  // namespace locket
