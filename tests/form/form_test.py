#!/usr/bin/env python3
"""The form of the sources: each rule holds for the tree, and catches a small tree that breaks it."""
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import contract_comments
import includes
import tap
import texts


class TheTree(unittest.TestCase):
    """Every rule, on the project itself."""

    def holds(self, faults):
        self.assertEqual(faults, [], "\n" + "\n".join(faults))

    def test_includes_follow_the_layers(self):
        self.holds(includes.layer_faults(ROOT))

    def test_no_two_folders_include_each_other(self):
        self.holds(includes.folder_cycles(ROOT))

    def test_third_party_headers_stay_in_their_folder(self):
        self.holds(includes.third_party_faults(ROOT))

    def test_no_file_is_too_long(self):
        self.holds(texts.length_faults(ROOT))

    def test_names_tell_what_is_inside(self):
        self.holds(texts.name_faults(ROOT))

    def test_every_function_of_a_header_has_its_contract(self):
        self.holds(contract_comments.comment_faults(ROOT))

    def test_nothing_holds_words_that_do_not_belong(self):
        self.holds(texts.word_faults(ROOT))

    def test_wraps_are_pinned(self):
        self.holds(texts.wrap_faults(ROOT))

    @unittest.skipUnless(texts.formatter(), "clang-format-19 is not installed")
    def test_sources_are_formatted(self):
        self.holds(texts.format_faults(ROOT))


class BrokenTree(unittest.TestCase):
    """Every rule, on a tree that breaks it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def layers_refuse(self, path, header):
        self.write(path, f'#include "{header}"\n')
        self.assertEqual(includes.layer_faults(self.root), [f'{path}: must not include "{header}"'])

    def test_a_room_that_includes_its_neighbour_is_caught(self):
        self.layers_refuse("lib/codec/a.cpp", "raster/resizer.hpp")

    def test_a_room_that_includes_one_above_is_caught(self):
        self.layers_refuse("lib/base/a.cpp", "engine/engine.hpp")

    def test_a_public_header_that_includes_an_internal_one_is_caught(self):
        self.layers_refuse("include/locket/a.hpp", "base/image.hpp")

    def test_a_tool_that_includes_an_internal_header_is_caught(self):
        self.layers_refuse("tools/locket/a.cpp", "store/statement.hpp")

    def test_an_include_without_a_room_is_caught(self):
        self.layers_refuse("lib/store/a.cpp", "statement.hpp")

    def test_what_the_layers_allow_passes(self):
        self.write("lib/engine/a.cpp", '#include "codec/a.hpp"\n#include "base/b.hpp"\n#include "locket/c.hpp"\n')
        self.write("lib/store/a.cpp", '#include "store/b.hpp"\n#include "crypto/c.hpp"\n')
        self.assertEqual(includes.layer_faults(self.root), [])

    def test_folders_that_include_each_other_are_caught(self):
        self.write("lib/engine/part/a.hpp", '#include "engine/b.hpp"\n')
        self.write("lib/engine/b.hpp", '#include "engine/part/a.hpp"\n')
        self.assertEqual(includes.folder_cycles(self.root), ["lib/engine and lib/engine/part include each other"])

    def test_a_third_party_header_outside_its_folder_is_caught(self):
        for path, header, home in [("lib/engine/a.cpp", "png.h", "codec"), ("lib/policy/a.cpp", "openssl/evp.h", "crypto"),
                                   ("lib/codec/a.cpp", "sqlite3.h", "store"), ("tools/locket/a.cpp", "xxhash.h", "crypto"),
                                   ("lib/store/a.cpp", "nlohmann/json.hpp", "policy"),
                                   ("include/locket/a.hpp", "CLI/CLI.hpp", "tools"),
                                   ("tests/store/a.cpp", "jpeglib.h", "codec"), ("lib/base/a.cpp", "gtest/gtest.h", "tests")]:
            with self.subTest(header=header):
                self.write(path, f"#include <{header}>\n")
                self.assertIn(f"{path}: <{header}> belongs in {home} only", includes.third_party_faults(self.root))

    def test_a_third_party_header_in_quotes_is_caught(self):
        self.write("lib/engine/a.cpp", '#include "png.h"\n')
        self.assertEqual(includes.third_party_faults(self.root), ["lib/engine/a.cpp: <png.h> belongs in codec only"])

    def test_an_unknown_library_is_caught(self):
        self.write("lib/base/a.cpp", "#include <fmt/core.h>\n#include <vector>\n#include <sys/stat.h>\n")
        self.assertEqual(includes.third_party_faults(self.root), ["lib/base/a.cpp: no folder is known for <fmt/core.h>"])

    def test_third_party_headers_in_their_folder_and_its_tests_pass(self):
        self.write("lib/codec/a.cpp", "#include <png.h>\n#include <hwy/highway.h>\n")
        self.write("tests/codec/a.cpp", "#include <gtest/gtest.h>\n#include <png.h>\n")
        self.write("tests/engine/a.cpp", "#include <gtest/gtest.h>\n#include <nlohmann/json.hpp>\n")
        self.assertEqual(includes.third_party_faults(self.root), [])

    def test_a_file_that_is_too_long_is_caught(self):
        for suffix in ("cpp", "hpp", "sh", "py"):
            self.write(f"lib/base/long.{suffix}", "\n" * (texts.LINES_MAX + 1))
        self.write("lib/base/whole.cpp", "\n" * texts.LINES_MAX)
        self.assertEqual(len(texts.length_faults(self.root)), 4)

    def test_a_name_that_tells_nothing_is_caught(self):
        self.write("lib/base/string_utils.cpp", "")
        self.write("tests/common/a.cpp", "")
        self.assertEqual(len(texts.name_faults(self.root)), 2)

    def test_words_that_do_not_belong_are_caught(self):
        for line in ("see /wor" "k/here/file", "// TO" "DO: later", "as in iss" "ue 12", "# " + "=" * 20,
                     "index = https://pyp" "i.org/simple", "-----BEGIN PRIV" "ATE KEY-----"):
            with self.subTest(line=line):
                self.write("README.md", line + "\n")
                self.assertEqual(len(texts.word_faults(self.root)), 1)

    def test_a_wrap_that_is_not_pinned_is_caught(self):
        self.write("subprojects/a.wrap", "[wrap-file]\nsource_url = https://a.example/a.zip\n")
        self.write("subprojects/b.wrap", "[wrap-file]\nsource_url = http://b.example/b.zip\nsource_hash = " + "0" * 64)
        self.assertEqual(texts.wrap_faults(self.root), ["subprojects/a.wrap: no SHA-256 of its source",
                                                        "subprojects/b.wrap: its source does not come over HTTPS"])

    @unittest.skipUnless(texts.formatter(), "clang-format-19 is not installed")
    def test_a_source_that_is_not_formatted_is_caught(self):
        self.write(".clang-format", (ROOT / ".clang-format").read_text(encoding="utf-8"))
        self.write("lib/base/a.cpp", "int  a ;\n")
        self.assertEqual(texts.format_faults(self.root), ["lib/base/a.cpp: not as clang-format-19 writes it"])


class ContractComments(unittest.TestCase):
    """The reader of declarations."""

    def missing(self, text):
        return [name for _, name in contract_comments.missing_in(text)]

    def test_a_bare_function_is_caught(self):
        self.assertEqual(self.missing("namespace a {\nint bare(int x);\n}\n"), ["bare"])

    def test_a_bare_function_with_attributes_is_caught(self):
        self.assertEqual(self.missing("[[nodiscard]] LOCKET_API Result<std::unique_ptr<X>> open(int x = f());"), ["open"])

    def test_a_bare_template_is_caught(self):
        self.assertEqual(self.missing("template <class T>\nvoid push(T value);"), ["push"])

    def test_a_bare_inline_function_is_caught(self):
        self.assertEqual(self.missing("inline int twice(int x) { return g(x) * 2; }\nint y = 3;"), ["twice"])

    def test_a_bare_method_and_operator_are_caught(self):
        text = "struct A {\n  int b() const;\n  A operator+(const A& other) const;\n};"
        self.assertEqual(self.missing(text), ["b", "operator+"])

    def test_a_bare_constructor_is_caught(self):
        self.assertEqual(self.missing("class A {\n public:\n  explicit A(int x) : x_(x) {}\n};"), ["A"])

    def test_a_comment_counts_for_one_function_only(self):
        self.assertEqual(self.missing("/// Tells.\nint one();\nint two();"), ["two"])

    def test_an_ordinary_comment_does_not_count(self):
        self.assertEqual(self.missing("// Tells.\nint one();"), ["one"])

    def test_what_needs_no_comment_passes(self):
        text = """
        class A final : public B {
         public:
          A() = default;
          A(A&&) noexcept;
          A& operator=(A&& other) noexcept;
          ~A();
          A(const A&) = delete;
          void c(int x) override;
          bool operator<=>(const A&) const = default;
          bool operator==(const A& other) const { return f_ == other.f_; }
          /// Tells.
          [[nodiscard]] int d() const noexcept { return e(1); }
          std::function<bool(int)> f;
          int g = h();
         private:
          friend class B;
          int e(int x) const;
        };
        using F = int (*)(int);
        static_assert(sizeof(A) > f(1));
        enum class K { a = f(1), b };
        """
        self.assertEqual(self.missing(text), [])


if __name__ == "__main__":
    tap.run_module()
