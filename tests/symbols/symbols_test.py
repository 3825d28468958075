#!/usr/bin/env python3
"""What the library's own objects ask of the process that embeds them: nothing that ends it, prints, or depends on its
locale, and nothing that runs before main."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tap

ARCHIVES = os.environ["LOCKET_ARCHIVES"].split(os.pathsep)
COMPILER = os.environ["LOCKET_COMPILER"].split(os.pathsep)

# Functions by what is wrong with them. Names as the linker knows them.
FORBIDDEN = {
    "ends the process": r"abort|_?exit|_Exit|quick_exit|at_quick_exit|raise|kill|__assert_fail",
    "prints": r"v?f?printf|__v?f?printf_chk|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal|stderr|stdout|vsyslog|syslog|"
              r"_ZSt4cout|_ZSt4cerr|_ZSt4clog",
    "depends on the locale": r"setlocale|localeconv|newlocale|uselocale|strcoll|strxfrm|ato[fil]|atoll|strto(d|f|ld)|is(alpha|alnum|digit|"
                             r"xdigit|space|print|punct|upper|lower|cntrl|graph)|to(upper|lower)|__ctype_(b|tolower|toupper)_loc|"
                             r"_ZNSt6locale\w*|_ZNSt7__cxx11\d+basic_\w*stringstream\w*|v?sscanf|__isoc99_v?sscanf|strerror",
    "changes the process": r"signal|sigaction|sigprocmask|pthread_sigmask|fork|vfork|execv\w*|system|popen|setenv|putenv|unsetenv|"
                           r"chdir|umask|srand|rand|setrlimit|atexit",
}

# What is there all the same, and why it does no harm.
ALLOWED = {
    # The parser asks for the decimal point of the locale in order to read numbers the same in every locale.
    ("policy", "localeconv"), ("policy", "strtod"),
    # The parser's assertions about itself, in builds for debugging.
    ("policy", "__assert_fail"),
    # std::list compares, in builds for debugging, allocators that have no state.
    ("store", "abort"), ("engine", "abort"),
}

# Constructors that run before main: none of ours.
CONSTRUCTOR = re.compile(r"_GLOBAL__sub_I_|_GLOBAL__I_|__cxx_global_var_init")
SANITIZER = re.compile(r"^_(GLOBAL__)?_?sub_[ID]_0+\d+_\d|asan\.module|tsan\.module|sancov\.module|ubsan")


def symbols(path, *options):
    """The symbols of an archive or an object, each with its letter and the object it stands in."""
    told = subprocess.run(["nm", "-A", *options, path], check=True, capture_output=True, text=True).stdout
    found = []
    for line in told.splitlines():
        place, _, rest = line.rpartition(":")
        words = rest.split()
        if len(words) >= 2:
            found.append((pathlib.PurePath(place.replace(":", "/")).name, words[-2], words[-1].split("@")[0]))
    return found


def room_of(archive):
    return pathlib.PurePath(archive).name.removeprefix("liblocket-").removesuffix(".a")


def undefined_faults(archive):
    faults = []
    for place, _, name in symbols(archive, "--undefined-only"):
        for why, pattern in FORBIDDEN.items():
            if re.fullmatch(pattern, name) and (room_of(archive), name) not in ALLOWED:
                faults.append(f"{room_of(archive)}: {place} uses {name}, which {why}")
    return faults


def constructor_faults(archive):
    return [f"{room_of(archive)}: {place} runs {name} before main" for place, _, name in symbols(archive, "--defined-only")
            if CONSTRUCTOR.search(name) and not SANITIZER.search(name)]


class TheLibrary(unittest.TestCase):
    def test_every_room_is_looked_at(self):
        self.assertEqual({room_of(archive) for archive in ARCHIVES},
                         {"base", "crypto", "codec", "raster", "store", "policy", "redis", "engine"})

    def test_it_neither_ends_nor_prints_nor_depends_on_the_locale(self):
        faults = [fault for archive in ARCHIVES for fault in undefined_faults(archive)]
        self.assertEqual(faults, [], "\n" + "\n".join(faults))

    def test_nothing_runs_before_main(self):
        faults = [fault for archive in ARCHIVES for fault in constructor_faults(archive)]
        self.assertEqual(faults, [], "\n" + "\n".join(faults))


class ALibraryThatMisbehaves(unittest.TestCase):
    """Each rule on an object that breaks it."""

    def compile(self, text):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        source, target = pathlib.Path(folder.name) / "a.cpp", pathlib.Path(folder.name) / "liblocket-bad.a"
        source.write_text(text, encoding="utf-8")
        subprocess.run([*COMPILER, "-std=c++20", "-O0", "-c", source, "-o", target], check=True)
        return str(target)

    def test_each_forbidden_call_is_caught(self):
        for call in ("std::abort()", "std::exit(3)", 'std::puts("x")', 'std::fprintf(stderr, "%d", 1)', 'std::cerr << "x"',
                     'std::setlocale(LC_ALL, "")', 'volatile double y = std::atof("1")', "volatile int y = std::isalpha(x)", 'std::system("x")', "std::rand()"):
            with self.subTest(call=call):
                text = ("#include <cctype>\n#include <clocale>\n#include <cstdio>\n#include <cstdlib>\n#include <iostream>\n"
                        f"void f(int x) {{ static_cast<void>(x); {call}; }}\n")
                self.assertNotEqual(undefined_faults(self.compile(text)), [])

    def test_a_constructor_before_main_is_caught(self):
        self.assertNotEqual(constructor_faults(self.compile("int f();\nint before = f();\n")), [])

    def test_a_harmless_object_passes(self):
        archive = self.compile("int f(int x) { return x + 1; }\n")
        self.assertEqual(undefined_faults(archive) + constructor_faults(archive), [])


if __name__ == "__main__":
    tap.run_module()
