"""Hostile paths, one a line of the table: how each is made, how the import is asked for it, and what it must answer."""
import fcntl
import os
import signal
import socket

from program import IMODEL, ITWIN, png

PICTURE = png(40, 25)
STORED, UNREADABLE, INVALID = "stored", "file_not_readable", "argument_invalid"
OVER = "picture_bytes_over_limit"
PASSED_OVER = "passed over"  # no line at all

# A folder whose path is longer than the kernel takes in one piece.
DEEP = [f"{number:03}-a-long-name-of-a-folder" for number in range(180)]


def picture(folder, name, data=PICTURE):
    """Writes a picture; the name may be bytes."""
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def link(folder, name, target):
    picture(folder, "in/good.png")
    picture(folder, "outside.png")
    os.makedirs(folder / "in/real", exist_ok=True)
    picture(folder, "in/real/a.png")
    os.symlink(target, folder / name)


def listed(folder, file, imodel=IMODEL):
    """A list beside pictures inside and outside of its folder."""
    picture(folder, "in/good.png")
    picture(folder, "outside.png")
    os.makedirs(folder / "in/sub", exist_ok=True)
    (folder / "in/list.tsv").write_bytes(f"{imodel}\t{ITWIN}\t".encode() + os.fsencode(file) + b"\n")


def listed_link(folder, file, target):
    listed(folder, file)
    os.symlink(target, folder / "in" / file.split("/")[0])


def deep(folder, names=DEEP, listed_too=False):
    """A picture at the end of a path of more than 4,096 bytes, which can only be made step by step."""
    os.makedirs(folder / "in")
    here = os.open(folder / "in", os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with open(os.open("deep.png", os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as file:
        file.write(PICTURE)
    os.close(here)
    if listed_too:
        (folder / "in/list.tsv").write_text(f"{IMODEL}\t{ITWIN}\t{'/'.join(DEEP)}/deep.png\n")


def sparse(folder, name, size):
    picture(folder, name)
    os.truncate(folder / name, size)


def leased(folder, name):
    """A file that this process keeps from being opened; whoever opens it would have to wait."""
    picture(folder, name)
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    file = os.open(folder / name, os.O_RDWR)
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return file


def socket_at(folder, name):
    os.makedirs((folder / name).parent, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir((folder / name).parent)  # its name must be short
    listener.bind(name.rpartition("/")[2])
    os.chdir(here)
    return listener


def pipe(folder, name):
    os.makedirs((folder / name).parent, exist_ok=True)
    os.mkfifo(folder / name)


def names(folder, count):
    picture(folder, "in/4100.png")
    for number in range(count):
        (folder / "in" / f"{number}.txt").touch()


def twins(folder, first, second):
    picture(folder, "in/" + first)
    picture(folder, "in/" + second)


# What it is, how it is made in an empty folder, the words after `import`, and what each line says, in order.
TABLE = [
    # Lists: whoever wrote one does not say which files of this machine are read.
    ("a file above the list", lambda f: listed(f, "../outside.png"), ["in/list.tsv"], [INVALID]),
    ("a file above the list by a detour", lambda f: listed(f, "sub/../../outside.png"), ["in/list.tsv"], [INVALID]),
    ("a file below the list by a detour", lambda f: listed(f, "sub/../good.png"), ["in/list.tsv"], [STORED]),
    ("a detour through nothing", lambda f: listed(f, "none/../good.png"), ["in/list.tsv"], [STORED]),
    ("an absolute path elsewhere", lambda f: listed(f, f / "outside.png"), ["in/list.tsv"], [INVALID]),
    ("an absolute path elsewhere that is allowed", lambda f: listed(f, f / "outside.png"), ["in/list.tsv", "--root", "."],
     [STORED]),
    ("an absolute path below the list", lambda f: listed(f, f / "in/good.png"), ["in/list.tsv"], [STORED]),
    ("a neighbour whose name begins alike", lambda f: (listed(f, f / "in-two/a.png"), picture(f, "in-two/a.png")),
     ["in/list.tsv"], [INVALID]),
    ("a root that is not there", lambda f: listed(f, "good.png"), ["in/list.tsv", "--root", "none"], [UNREADABLE]),
    ("a link in a list that leads out", lambda f: listed_link(f, "l.png", "../outside.png"), ["in/list.tsv"], [UNREADABLE]),
    ("a link in a list that stays inside", lambda f: listed_link(f, "l.png", "good.png"), ["in/list.tsv"], [UNREADABLE]),
    ("a linked folder on the way", lambda f: listed_link(f, "l/outside.png", ".."), ["in/list.tsv"], [UNREADABLE]),
    ("a zero byte in a list", lambda f: listed(f, b"good.png\0.png"), ["in/list.tsv"], [UNREADABLE]),
    ("a line of 100,000 bytes", lambda f: listed(f, "a" * 100_000), ["in/list.tsv"], [INVALID]),
    ("a name of 300 bytes", lambda f: listed(f, "a" * 300), ["in/list.tsv"], [UNREADABLE]),
    ("a path of 30,000 bytes", lambda f: listed(f, "a/" * 15_000 + "a.png"), ["in/list.tsv"], [UNREADABLE]),
    ("a path of 5,000 bytes that exists", lambda f: deep(f, listed_too=True), ["in/list.tsv"], [STORED]),
    ("the folder itself in a list", lambda f: listed(f, "."), ["in/list.tsv"], [INVALID]),
    ("a folder in a list", lambda f: listed(f, "sub"), ["in/list.tsv"], [UNREADABLE]),
    ("no file in a line", lambda f: listed(f, ""), ["in/list.tsv"], [INVALID]),
    ("a device in a list", lambda f: listed(f, "/dev/zero"), ["in/list.tsv", "--root", "/"], [UNREADABLE]),
    ("the memory of the program itself", lambda f: listed(f, "/proc/self/mem"), ["in/list.tsv", "--root", "/"], [UNREADABLE]),
    ("the memory of another program", lambda f: listed(f, f"/proc/{os.getpid()}/mem"), ["in/list.tsv", "--root", "/"],
     [UNREADABLE]),
    ("a file that says it is empty and is not", lambda f: listed(f, "/proc/version"), ["in/list.tsv", "--root", "/"],
     [UNREADABLE]),
    ("a list that is a pipe", lambda f: pipe(f, "in/list.tsv"), ["in/list.tsv"], [UNREADABLE]),
    ("a list that is a folder", lambda f: picture(f, "list.tsv/a.png"), ["list.tsv"], [STORED]),

    # What is named on the command line.
    ("a link to a picture", lambda f: link(f, "in/l.png", "good.png"), ["in/l.png"], [UNREADABLE]),
    ("a link that leads nowhere", lambda f: link(f, "in/l.png", "none.png"), ["in/l.png"], [UNREADABLE]),
    ("a link to itself", lambda f: link(f, "in/l.png", "l.png"), ["in/l.png"], [UNREADABLE]),
    ("a link to a device", lambda f: link(f, "in/l.png", "/dev/zero"), ["in/l.png"], [UNREADABLE]),
    ("a pipe", lambda f: pipe(f, "a.png"), ["a.png"], [UNREADABLE]),
    ("a pipe named as an iModel", lambda f: pipe(f, "a.bim"), ["a.bim"], [UNREADABLE]),
    ("a socket", lambda f: socket_at(f, "a.png"), ["a.png"], [UNREADABLE]),
    ("a device without end", lambda f: None, ["/dev/zero", "--id", IMODEL], [UNREADABLE]),
    ("a device without anything", lambda f: None, ["/dev/null", "--id", IMODEL], [UNREADABLE]),
    ("the terminal", lambda f: None, ["/dev/tty", "--id", IMODEL], [UNREADABLE]),
    ("a file that is not there", lambda f: None, ["none.png"], [UNREADABLE]),
    ("a folder that is not there", lambda f: None, ["none/none.png"], [UNREADABLE]),
    ("a file in a file", lambda f: picture(f, "a.png"), ["a.png/b.png"], [UNREADABLE]),
    ("a file with a slash behind it", lambda f: picture(f, "a.png"), ["a.png/"], [UNREADABLE]),
    ("no name at all", lambda f: None, ["", "--id", IMODEL], [UNREADABLE]),
    ("a file that another process keeps", lambda f: leased(f, "a.png"), ["a.png"], [UNREADABLE]),
    ("an iModel file that another process keeps", lambda f: leased(f, "a.bim"), ["a.bim"], [UNREADABLE]),
    ("one byte over the limit", lambda f: sparse(f, "a.png", 5_242_881), ["a.png"], [OVER]),
    ("a sparse file of a terabyte", lambda f: sparse(f, "a.png", 1 << 40), ["a.png"], [OVER]),
    ("a hard link, which is the file itself", lambda f: (picture(f, "a.png"), os.link(f / "a.png", f / "b.png")), ["b.png"],
     [STORED]),
    ("a name that looks like an option", lambda f: picture(f, "--json.png"), ["./--json.png"], [STORED]),
    ("a name that looks like a URI", lambda f: picture(f, "file:a?mode=rwc#b%2e.png"), ["file:a?mode=rwc#b%2e.png"], [STORED]),
    ("a newline in a name", lambda f: picture(f, "a\nb.png"), ["a\nb.png"], [STORED]),
    ("a name of every byte a name may hold", lambda f: picture(f, bytes(set(range(1, 256)) - {47})[:250] + b".png"), ["."],
     [STORED]),
    ("a name of 255 bytes", lambda f: picture(f, "a" * 251 + ".png"), ["a" * 251 + ".png"], [STORED]),
    ("a name that is no UTF-8", lambda f: picture(f, b"\xff\xfe.png"), [os.fsdecode(b"\xff\xfe.png")], [STORED]),

    # What lies in a folder that is named.
    ("a folder by a link that the user named", lambda f: (picture(f, "real/a.png"), os.symlink("real", f / "l")), ["l"],
     [STORED]),
    ("a link to a picture in a folder", lambda f: link(f, "in/real/l.png", "../good.png"), ["in/real"], [STORED]),
    ("a link to a folder above", lambda f: link(f, "in/real/up", ".."), ["in/real"], [STORED]),
    ("a link to the root of the machine", lambda f: link(f, "in/real/root", "/"), ["in/real"], [STORED]),
    ("a pipe and a socket in a folder", lambda f: (pipe(f, "in/a.png"), socket_at(f, "in/b.png")), ["in"], []),
    ("a folder that is named as a picture", lambda f: picture(f, "in/a.png/b.png"), ["in"], [STORED]),
    ("a picture at a depth of 180 folders", deep, ["in"], [STORED]),
    ("4,101 names", lambda f: names(f, 4_100), ["in"], [STORED]),
    ("twins that differ in case", lambda f: twins(f, "a.png", "A.PNG"), ["in"], [STORED, STORED]),
    ("twins that Unicode calls equal", lambda f: twins(f, "\u00e4.png", "a\u0308.png"), ["in"], [STORED, STORED]),
    ("a name with a terminal's commands", lambda f: picture(f, "in/\x1b[2J\x1b]0;a\x07.png"), ["in"], [STORED]),
    ("a hidden picture", lambda f: picture(f, "in/.a.png"), ["in"], [STORED]),
    ("an empty folder", lambda f: os.mkdir(f / "in"), ["in"], []),
]
