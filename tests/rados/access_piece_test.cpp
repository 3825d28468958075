#include "rados/access_piece.hpp"

#include <gtest/gtest.h>

#include "rados/facts_writer.hpp"
#include "rados/thumbnail_head.hpp"

namespace locket::rados {
namespace {

AccessDocument document(std::size_t itwins) {
  AccessDocument made;
  made.organizations = {{Guid{{1}}, {"ada"}, {{"auditor", PermissionSet::from_bits(1)}}}};
  made.tiers = {{"small", {{500, 60}, {5'000, 3'600}}}};
  made.clients = {{"client-1", "small"}};
  for (std::size_t i = 0; i < itwins; ++i) {
    AccessDocument::Itwin itwin{derive_guid("itwin" + std::to_string(i)), Guid{{1}}, {"owner"}, {}, {}, {}};
    itwin.roles = {{"viewer", PermissionSet::from_bits(1)}};
    itwin.groups = {{"team", {"gus", "ida"}}};
    itwin.members = {{"carl", "", {"viewer"}}, {"", "team", {}}};
    made.itwins.push_back(itwin);
    made.imodels.push_back({derive_guid("imodel" + std::to_string(i)),
                            itwin.id,
                            ImodelMode::users,
                            {{"carl", PermissionSet::from_bits(9)}}});
  }
  sort_entries(made);
  return made;
}

TEST(AccessPiece, GivesBackWhatWasWritten) {
  const AccessDocument made = document(1);
  AccessDocument rest;
  ASSERT_TRUE(decode_rest(encode_rest(made), rest));
  EXPECT_EQ(rest.organizations, made.organizations);
  EXPECT_EQ(rest.tiers, made.tiers);
  EXPECT_EQ(rest.clients, made.clients);
  const auto itwin = decode_itwin(encode(ItwinFacts{made.itwins[0], made.imodels}));
  ASSERT_TRUE(itwin);
  EXPECT_EQ(itwin->itwin, made.itwins[0]);
  EXPECT_EQ(itwin->imodels, made.imodels);
}

// Every cut and every changed byte of a sealed text is noticed; of the others, none asks for memory without end.
TEST(AccessPiece, DamagedTextsAreRefused) {
  Manifest manifest{7, "rest.0", {{Guid{{3}}, "itwin.x"}}, {"imodels.0"}};
  const std::string text = encode(manifest);
  ThumbnailHead head;
  head.recipe = "a recipe";
  const std::string head_text = encode(head, Guid{{9}});
  EXPECT_TRUE(decode_manifest(text));
  EXPECT_TRUE(decode_head(head_text, Guid{{9}}));
  EXPECT_FALSE(decode_head(head_text, Guid{{8}}));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string wrong = text;
    wrong[at] = static_cast<char>(wrong[at] ^ 16);
    EXPECT_FALSE(decode_manifest(wrong)) << at;
    EXPECT_FALSE(decode_manifest(text.substr(0, at))) << at;
  }
  for (std::size_t at = 0; at < head_text.size(); ++at) {
    std::string wrong = head_text;
    wrong[at] = static_cast<char>(wrong[at] ^ 1);
    EXPECT_FALSE(decode_head(wrong, Guid{{9}})) << at;
    EXPECT_FALSE(decode_head(head_text.substr(0, at), Guid{{9}})) << at;
  }
  const std::string itwin_text = encode(ItwinFacts{document(1).itwins[0], document(1).imodels});
  for (std::size_t at = 0; at < itwin_text.size(); ++at) EXPECT_FALSE(decode_itwin(itwin_text.substr(0, at))) << at;
}

TEST(FactsWriter, WritesOnlyWhatChanged) {
  const Manifest none;
  FactsWriter first(none);
  AccessDocument made = document(100);
  first.add(made);
  EXPECT_EQ(first.pieces().size(), 102U);
  EXPECT_EQ(first.manifest().revision, 1U);
  made.itwins[7].members.clear();
  FactsWriter second(first.manifest());
  second.add(made);
  ASSERT_EQ(second.pieces().size(), 1U);
  EXPECT_EQ(second.pieces()[0].name, second.manifest().itwins[7].second);
  EXPECT_EQ(revision_of(second.pieces()[0].name), 2U);
  EXPECT_TRUE(is_proven(second.pieces()[0].name, second.pieces()[0].text));
  EXPECT_FALSE(is_proven(second.pieces()[0].name, second.pieces()[0].text + " "));
  FactsWriter third(second.manifest());
  third.add(made);
  EXPECT_TRUE(third.pieces().empty());
}

}  // namespace
}  // namespace locket::rados
