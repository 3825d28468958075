"""Runs unittest cases and tells them in the Test Anything Protocol, so that Meson counts every single case."""
import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    """Prints one line a case; what went wrong goes to standard error."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def tell(self, good, test, note=""):
        self.number += 1
        name = test.id().removeprefix("__main__.").replace("#", "no. ")
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}{note}", flush=True)

    def tell_error(self, test, error):
        print(f"{test.id()}:", file=sys.stderr)
        traceback.print_exception(*error)
        self.tell(False, test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.tell(True, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(True, test, f" # SKIP {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.tell_error(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.tell_error(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.tell_error(subtest, error)

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.tell(True, test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.tell(False, test)


def run_module(name="__main__"):
    """Runs every case of a module and ends the program: 0 when at least one ran and none failed."""
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    sys.exit(0 if result.wasSuccessful() and result.number else 1)
