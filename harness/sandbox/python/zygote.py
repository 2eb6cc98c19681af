# The interpreter's side of a sandbox. It imports what every program may use, then forks one process for each run; foreign code
# runs in those children alone, under a second system-call filter, so this process stays ours.
#
# Frames on descriptor 3, both ways: kind byte, 32-bit little-endian length, payload. From the harness:
#   f filter          the system-call number of seccomp and the mark of a process's own number, 4 bytes each, then the
#                     filter for children
#   j job             one byte of flags (1: import header, 2: the text names a declared module), then the source
#   P program         run the source as __main__; with it come two descriptors, for 0 and 1
#   C call            function name, newline, arguments; descriptors for 0, 1 and the return value
#   O checker         mode and the rest, see official_checker.py; one descriptor, its own frame socket
#   k compile         k answers with nothing, or with the text of the error
#   i                 i answers with versions and this file, compiled
# From here: y when the header is imported, with the name of a declared module that the program imports and this machine lacks; b
# from a child that is about to run foreign code (the harness learns its pid from the socket); n with the reason when the kernel
# gives no process for a run; d when a child is gone: wait status (i32), whether it left files behind (u32), user and system time
# in microseconds (2 × u64), largest resident set in KiB.
import atexit
import builtins
import gc
import io
import marshal
import os
import struct
import sys
import time
import types

import _socket

CONTROL = 3
DETERMINISTIC_SEED = 0
DECLARED_MODULES = ('numpy', 'numpy.random')  # what every program may count on beside the standard library
LONGEST_MESSAGE = 1 << 16
PRIVATE_FOLDER = '/tmp'  # where a sandbox with a root of its own starts its interpreter
HEADER_MODULES = ('string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys '
                  'json builtins typing').split()
HEADER = (''.join('from %s import *\n' % name for name in HEADER_MODULES)
          + ''.join('import %s\n' % name for name in HEADER_MODULES if name not in ('builtins', 'typing'))
          + 'sys.setrecursionlimit(50000)\n')

posix_read = os.read
posix_write = os.write
posix_exit = os._exit
dump_value = marshal.dumps
# Looked up before the fork: what a child imports or makes anew, it pays for in pages copied.
run_exit_functions = atexit._run_exitfuncs
FILE_CLASSES = (io.TextIOWrapper, io.BufferedWriter)


def read_exactly(fd, size):
    parts = []
    while size:
        part = posix_read(fd, min(size, 1 << 20))
        if not part:
            posix_exit(0)
        parts.append(part)
        size -= len(part)
    return b''.join(parts)


def write_all(fd, data):
    view = memoryview(data)
    while len(view):
        view = view[posix_write(fd, view):]


def write_frame(fd, kind, payload=b''):
    write_all(fd, kind + len(payload).to_bytes(4, 'little') + payload)


class Control:
    """Reads frames and the descriptors that come with them."""

    def __init__(self):
        self.socket = _socket.socket(fileno=CONTROL)
        self.buffer = bytearray()
        self.descriptors = []

    def fill(self, size):
        while len(self.buffer) < size:
            data, extra, _, _ = self.socket.recvmsg(1 << 16, 256)
            if not data:
                posix_exit(0)
            self.buffer += data
            for level, kind, value in extra:
                if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                    self.descriptors += struct.unpack('%di' % (len(value) // 4), value)

    def next(self):
        self.fill(5)
        kind, size = bytes(self.buffer[:1]), int.from_bytes(self.buffer[1:5], 'little')
        self.fill(5 + size)
        payload = bytes(self.buffer[5:5 + size])
        del self.buffer[:5 + size]
        descriptors, self.descriptors = self.descriptors, []
        return kind, payload, descriptors


class ProgramFilter:
    """The second system-call filter, made ready before the fork so that a child only has to ask for it."""

    def __init__(self, frame):
        import ctypes
        library = ctypes.CDLL(None, use_errno=True)
        self.prctl, self.syscall = library.prctl, library.syscall
        (self.number,), mark, program = struct.unpack('<I', frame[:4]), frame[4:8], frame[8:]
        self.instructions = ctypes.create_string_buffer(program, max(len(program), 1))
        self.header = struct.pack('HxxxxxxQ', len(program) // 8, ctypes.addressof(self.instructions))
        self.wanted = bool(program)  # none without a sandbox, by explicit wish
        # An instruction is 8 bytes, the last 4 its constant.
        self.own_pid_places = [place for place in range(4, len(program), 8) if program[place:place + 4] == mark]
        if self.wanted and not self.own_pid_places:
            posix_exit(96)

    def install(self):
        """From here on this process dies with its parent, and may not execute, fork or filter."""
        self.prctl(1, 9, 0, 0, 0)
        for place in self.own_pid_places:
            struct.pack_into('<I', self.instructions, place, os.getpid())
        if self.wanted and self.syscall(self.number, 1, 0, self.header) != 0:
            posix_exit(96)


def seed_generators():
    if 'random' in sys.modules:
        sys.modules['random'].seed(DETERMINISTIC_SEED)
    if 'numpy' in sys.modules and hasattr(sys.modules['numpy'], 'random'):
        sys.modules['numpy'].random.seed(DETERMINISTIC_SEED)


# --- values that leave the sandbox -------------------------------------------------------------------------------------------
# A value made of plain types goes out as it is ('v'). Anything else goes out as a tree of tagged tuples ('t') whose leaves are
# plain: ('L', items), ('T', items), ('D', keys, values), ('Q', numerator, denominator), ('A', items, shape), ('X',) for what
# never equals a JSON value. marshal's version 2 has no references, so its reader is short and cannot be made to blow up.


def plain_int(value):
    return int.__add__(value, 0)


def tag_value(value, depth=0):
    if depth > 900:
        return ('X',)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return plain_int(value)
    if isinstance(value, float):
        return float.__add__(value, 0.0) if value == value else float('nan')
    if isinstance(value, complex):
        return complex.__add__(value, 0j)
    if isinstance(value, str):
        return str.__str__(value) if type(value) is str else str.__getitem__(value, slice(None))[:] + ''
    if isinstance(value, list):
        return ('L', [tag_value(item, depth + 1) for item in list.__iter__(value)])
    if isinstance(value, tuple):
        return ('T', [tag_value(item, depth + 1) for item in tuple.__iter__(value)])
    if isinstance(value, dict):
        return ('D', [tag_value(key, depth + 1) for key in dict.keys(value)],
                [tag_value(item, depth + 1) for item in dict.values(value)])
    fractions, decimal, numpy = (sys.modules.get(name) for name in ('fractions', 'decimal', 'numpy'))
    if fractions and isinstance(value, fractions.Fraction) or decimal and isinstance(value, decimal.Decimal):
        try:
            numerator, denominator = value.as_integer_ratio()
            return ('Q', plain_int(numerator), plain_int(denominator))
        except OverflowError:
            return float(value)
        except ValueError:
            return ('X',)
    if numpy and isinstance(value, numpy.generic):
        item = value.item()
        if isinstance(item, numpy.longdouble):  # item() gives itself
            return float(item)
        return ('X',) if isinstance(item, numpy.generic) else tag_value(item, depth + 1)
    if numpy and isinstance(value, numpy.ndarray):
        # A matrix stays one through ravel().
        return ('A', [tag_value(item, depth + 1) for item in numpy.asarray(value).ravel().tolist()], list(value.shape))
    return ('X',)


def encode_value(value):
    # marshal writes anything with a buffer as bytes, numpy's scalars too; without numpy only bytes-like things can be taken
    # for others, and none of them equals a JSON value.
    if 'numpy' not in sys.modules:
        try:
            return b'v' + dump_value(value, 2)
        except ValueError:
            pass
    try:
        return b't' + dump_value(tag_value(value), 2)
    except (ValueError, RecursionError):
        return b't' + dump_value(('X',), 2)


# --- native runs -------------------------------------------------------------------------------------------------------------


def make_module(name, header_names):
    module = types.ModuleType(name)
    module.__dict__.update(header_names)
    module.__builtins__ = builtins
    return module


def enter_module(module):
    sys.modules[module.__name__] = module
    sys.argv = ['solution.py']
    sys.set_int_max_str_digits(50000)  # as the checker has it; problems with long answers mean it
    return module.__dict__


def flush_files_of_program():
    """What the interpreter's shutdown would flush: files that the program opened and never closed."""
    for candidate in gc.get_objects():  # only what was made since gc.freeze()
        if isinstance(candidate, FILE_CLASSES):
            try:
                candidate.flush()
            except (OSError, ValueError):
                pass


def finish_like_an_interpreter(status):
    """The parts of the interpreter's shutdown that can be seen from outside; tearing every module down costs 12 ms a run."""
    try:
        if 'threading' in sys.modules:
            sys.modules['threading']._shutdown()
        run_exit_functions()
    except BaseException:
        pass
    for stream in (sys.stdout, sys.stderr, sys.__stdout__):
        try:
            stream.flush()
        except BrokenPipeError:
            status = 120
        except BaseException:
            pass
    flush_files_of_program()
    posix_exit(status)


def exit_status_of(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xff
    try:
        sys.stderr.write(str(code) + '\n')
    except BaseException:
        pass
    return 1


def run_guarded(action):
    """Runs action() the way an interpreter runs a file; gives the exit status."""
    try:
        action()
        return 0
    except SystemExit as stop:
        return exit_status_of(stop.code)
    except KeyboardInterrupt:
        return 130
    except BaseException:
        try:
            sys.stdout.flush()
        except BaseException:
            pass
        try:
            sys.excepthook(*sys.exc_info())
        except BaseException:
            pass
        return 1


def run_program(job):
    namespace = enter_module(job.main_module)
    finish_like_an_interpreter(run_guarded(lambda: exec(job.compiled, namespace)))


def run_function(job, payload, result_fd):
    loads = sys.modules['json'].loads if 'json' in sys.modules else __import__('json').loads
    fn_name, _, arguments = payload.decode('utf-8', 'surrogatepass').partition('\n')
    namespace = enter_module(job.solution_module)

    def call():
        exec(job.compiled, namespace)
        owner = namespace.get('Solution')
        function = getattr(owner(), fn_name) if owner is not None else namespace[fn_name]
        value = function(*[loads(line) for line in arguments.split('\n') if line.strip()])
        write_all(result_fd, encode_value(value))

    posix_exit(run_guarded(call))


# --- the loop ----------------------------------------------------------------------------------------------------------------


def decode_source(data):
    try:
        return data.decode('utf-8', 'surrogatepass')
    except UnicodeDecodeError:  # no text at all; what stands in for the rest is the program's error where it matters
        return data.decode('utf-8', 'replace')


def imported_modules(source):
    import ast
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except Exception:
        return set()  # it will not run either
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition('.')[0] for name in names}


def lacks(module):
    try:
        __import__(module)
        return False
    except Exception:  # present and broken helps nobody
        return True


class Job:
    def __init__(self, payload):
        self.source = decode_source(payload[1:])
        self.compiled = None
        self.missing_module = ''
        # Before any foreign code has run: only now is the answer ours.
        missing = [name for name in DECLARED_MODULES if lacks(name)] if payload[0] & 2 else []
        if missing:
            imported = imported_modules(self.source)
            self.missing_module = next((name for name in missing if name.partition('.')[0] in imported), '')
        header_names = {}
        if payload[0] & 1:
            exec(HEADER, header_names)
            header_names.pop('__builtins__', None)
        # Made before the fork: counting a thousand references in every child would copy their pages there.
        self.main_module = make_module('__main__', header_names)
        self.solution_module = make_module('solution', header_names)

    def compile(self):
        if self.compiled is None:
            self.compiled = compile(self.source, 'solution.py', 'exec', dont_inherit=True)


def describe_interpreter():
    try:
        from importlib.metadata import version
        numpy_version = version('numpy')
    except Exception:
        numpy_version = ''
    return '\n'.join(['%d.%d.%d' % sys.version_info[:3], numpy_version, '']).encode() + marshal.dumps(code)


def enter_child(control, program_filter):
    gc.enable()
    control.socket.detach()
    program_filter.install()
    seed_generators()


def run_child(job, kind, payload, descriptors, control, program_filter):
    if kind == b'O':
        channel = descriptors[0]
        os.dup2(channel, CONTROL)
        os.close(channel)
        enter_child(control, program_filter)
        write_frame(CONTROL, b'b')
        run_official_checker(job.source, payload)
        posix_exit(0)
    os.dup2(descriptors[0], 0)
    os.dup2(descriptors[1], 1)
    enter_child(control, program_filter)
    write_frame(CONTROL, b'b')
    if kind == b'P':
        os.closerange(3, 64)
        run_program(job)
    result_fd = os.dup2(descriptors[2], 63)
    os.closerange(3, 63)
    run_function(job, payload, result_fd)


def left_files():
    return os.getcwd() == PRIVATE_FOLDER and bool(os.listdir(PRIVATE_FOLDER))


def serve_run(job, kind, payload, descriptors, control, program_filter):
    os.set_blocking(2, True)  # an open file is shared by all who inherit it, its flags too
    try:
        child = os.fork()
    except OSError as error:
        child = None
        write_frame(CONTROL, b'n', error.strerror.encode())  # before the descriptors close, which looks like an end
    if child == 0:
        run_child(job, kind, payload, descriptors, control, program_filter)
    for descriptor in descriptors:
        os.close(descriptor)
    if child is None:
        return
    _, status, usage = os.wait4(child, 0)
    write_frame(CONTROL, b'd', struct.pack('<iIQQQ', status, left_files(), int(usage.ru_utime * 1e6),
                                           int(usage.ru_stime * 1e6), usage.ru_maxrss))


def serve():
    control = Control()
    job, program_filter = None, None
    while True:
        kind, payload, descriptors = control.next()
        if kind == b'f':
            program_filter = ProgramFilter(payload)
        elif kind == b'j':
            job = Job(payload)
            gc.disable()
            gc.freeze()
            write_frame(CONTROL, b'y', job.missing_module.encode())
        elif kind == b'i':
            write_frame(CONTROL, b'i', describe_interpreter())
        elif kind == b'k':
            try:
                job.compile()
                message = b''
            except BaseException:
                import traceback
                error = sys.exc_info()
                message = ''.join(traceback.format_exception_only(*error[:2])).encode('utf-8', 'replace') or b'error'
            write_frame(CONTROL, b'k', message[-LONGEST_MESSAGE:])  # the line at fault stands in it, however long
        else:
            serve_run(job, kind, payload, descriptors, control, program_filter)


if '' in sys.path:
    sys.path.remove('')
serve()
