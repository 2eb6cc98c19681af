# What LiveCodeBench's checker (head, commit 28fef95) does to a program, done again by a program of our own, so that its verdicts
# can be had without its cheats: the expected outputs are not here. Every odd thing below is one of its quirks and is needed for
# agreement; benchmarks.md's table of defects and tests/golden/sandbox/quirk_programs.jsonl tell which program notices which.
# What differs on purpose stands in harness/sandbox/README.md.
#
# Frames on the checker's own socket (descriptor 3). From the harness: t with a mark of 8 bytes and the input of the next test, e to
# end. From here: c when the program is loaded, x with a message when loading failed, then a frame a test, the mark in front: o
# output, r return value, x the repr of an exception. The program runs in this very process and can forge any of them; it gains a
# guess. It cannot answer a test before it is asked, because it does not know the mark.


def guard_interpreter():
    """The checker's 'reliability guard', kept because programs fail on it; it protects nothing and is not meant to."""
    builtins.quit = None
    builtins.help = None
    os.environ['OMP_NUM_THREADS'] = '1'
    for name in ('kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate replace '
                 'unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir').split():
        setattr(os, name, None)
    for name in ('ipdb', 'joblib', 'resource', 'psutil', 'tkinter'):
        sys.modules[name] = None
    sys.meta_path.insert(0, GuardedModules())


class GuardedModules:
    """Takes members from two modules when they are first imported: importing them just for that costs 10 ms."""
    TAKEN = {'shutil': ('rmtree', 'move', 'chown'), 'subprocess': ('Popen',)}
    WANTS_FOLDER = 'multiprocessing.process'  # asks for it when it is imported, which the checker does before its guard

    def __init__(self):
        for name in list(self.TAKEN):
            if name in sys.modules:
                self.take(sys.modules[name])

    def take(self, module):
        for name in self.TAKEN[module.__name__]:
            setattr(module, name, None)

    def find_spec(self, name, path=None, target=None):
        if name not in self.TAKEN and name != self.WANTS_FOLDER:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                execute = spec.loader.exec_module
                spec.loader.exec_module = lambda module: self.execute(execute, module)
                return spec
        return None

    def execute(self, execute, module):
        if module.__name__ == self.WANTS_FOLDER:
            before, os.getcwd = os.getcwd, lambda: '/tmp'
            execute(module)
            os.getcwd = before
        else:
            execute(module)
            self.take(module)


def hide_real_streams():
    """The checker runs as a child of multiprocessing: standard input is /dev/null under a closed original."""
    null = os.open('/dev/null', os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd)
    sys.__stdin__.close()
    sys.stdin = open(os.open('/dev/null', os.O_RDONLY), encoding='utf-8', closefd=False)
    sys.stdout = open(1, 'w', closefd=False)


def inline_main_guard(source):
    import ast
    try:
        tree = ast.parse(source)
        last = tree.body[-1]
        if isinstance(last, ast.If) and ast.unparse(last.test).strip() == "__name__ == '__main__'":
            return (ast.unparse(ast.Module(tree.body[:-1], [])) + '\n' + ast.unparse(ast.Module(last.body, [])))
    except Exception:
        pass
    return source


def wrap_in_function(source):
    import ast
    try:
        tree = ast.parse(source)
        imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        others = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        function = ast.FunctionDef(
            name='wrapped_function', body=others, decorator_list=[], lineno=-1,
            args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]))
        return HEADER + '\n' + ast.unparse(ast.Module(imports, [])) + '\n' + ast.unparse(function)
    except Exception:
        return source


class MockBuffer:
    def __init__(self, text):
        self.content = text.encode('utf-8')

    def read(self, *args):
        return self.content

    def readline(self, *args):
        return self.content.split(b'\n')[0] + b'\n'


class MockStdinWithBuffer:
    def __init__(self, text):
        import io
        self.inputs = text
        self._stringio = io.StringIO(text)
        self.buffer = MockBuffer(text)

    def read(self, *args):
        return self.inputs

    def readline(self, *args):
        return self._stringio.readline(*args)

    def readlines(self, *args):
        return self.inputs.split('\n')

    def __getattr__(self, name):
        return getattr(self._stringio, name)


class PatchedStdin:
    """Where `sys.stdin` is looked up it is the mock; the old object, which a program may hold, has three methods patched."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.old = sys.stdin
        text, lines = self.text, iter(self.text.split('\n'))
        self.saved = {}
        for name, method in (('read', lambda *args: text), ('readline', lambda *args: next(lines)),
                             ('readlines', lambda *args: text.split('\n'))):
            try:
                setattr(self.old, name, method)
                self.saved[name] = True
            except AttributeError:
                pass
        sys.stdin = MockStdinWithBuffer(text)

    def __exit__(self, *error):
        sys.stdin = self.old
        for name in self.saved:
            try:
                delattr(self.old, name)
            except AttributeError:
                pass


class MockFile:
    """Stands in for builtins.open during a test: every file has the input in it. Seldom seen, because the header binds the
    real open in the program's own names."""

    def __init__(self, text):
        self.text = text

    def __call__(self, *args, **keywords):
        import io
        return io.StringIO(self.text)


def describe_exception(error):
    """The checker asks for the repr too, and an error in that is one between the tests."""
    text = repr(error)
    if 'timeoutexception' in text[:300].lower() or 'timeoutexception' not in text.lower():
        return text[:300].encode('utf-8', 'replace')
    return ('TimeoutException in ' + text[:280]).encode('utf-8', 'replace')


def describe_error_between_tests(error):
    try:
        text = str(error)[:270]
    except Exception:
        posix_exit(1)  # it kills the checker too
    return ('Error during testing: ' + text).encode('utf-8', 'replace')


class FaultHandler:
    """On during a test, as there; what programs notice of it is that it fails without a real standard error."""

    def start(self):
        import faulthandler
        faulthandler.enable()
        self.stop = faulthandler.disable


MARK_BYTES = 8
mark = b''  # of the test that runs


def read_request():
    global mark
    kind, size = read_exactly(CONTROL, 1), int.from_bytes(read_exactly(CONTROL, 4), 'little')
    payload = read_exactly(CONTROL, size)
    if kind != b't':
        posix_exit(0)
    mark = payload[:MARK_BYTES]
    return payload[MARK_BYTES:].decode('utf-8', 'surrogatepass')


def answer(kind, payload):
    write_frame(CONTROL, kind, mark + payload)


def split_frames(data):
    texts, position = [], 0
    while position < len(data):
        end = position + 5 + int.from_bytes(data[position + 1:position + 5], 'little')
        texts.append(data[position + 5:end].decode('utf-8', 'surrogatepass'))
        position = end
    return texts


def check_standard_input(source):
    import io
    module = types.ModuleType('tmp_sol', '')
    text = wrap_in_function(inline_main_guard(source))
    exec(text, module.__dict__)
    if 'class Solution' in text:
        module.Solution()  # which the wrapping has put out of reach, so this fails
    if not hasattr(module, 'wrapped_function'):
        return answer(b'x', b'no function to call')
    function = module.wrapped_function
    write_frame(CONTROL, b'c')
    fault_handler = FaultHandler()
    while True:
        text = read_request()
        fault_handler.start()
        real_stdout, real_open = sys.stdout, builtins.open
        captured = sys.stdout = io.StringIO()
        captured.close = lambda missing: 1  # so calling it without an argument fails, as it does there
        error = None
        builtins.open = MockFile(text)
        try:
            try:
                with PatchedStdin(text):
                    function()
            except SystemExit:
                pass
        except Exception as failure:
            error = failure
        fault_handler.stop()
        sys.stdout, builtins.open = real_stdout, real_open
        if error is not None:
            return answer(b'x', describe_exception(error))
        answer(b'o', captured.getvalue().encode('utf-8', 'surrogatepass'))


def check_function(source, fn_name, inputs):
    from json import loads
    module = types.ModuleType('tmp_sol', '')
    text = HEADER + '\n\n' + source
    exec(text, module.__dict__)
    owner = module.Solution() if 'class Solution' in text else module
    if not hasattr(owner, fn_name):
        return answer(b'x', b'no such method')
    function = getattr(owner, fn_name)
    all_arguments = [[loads(line) for line in text.split('\n')] for text in inputs]
    write_frame(CONTROL, b'c')
    fault_handler = FaultHandler()
    for arguments in all_arguments:
        read_request()
        fault_handler.start()
        try:
            value = function(*arguments)
        except Exception as failure:
            return answer(b'x', describe_exception(failure))
        finally:
            fault_handler.stop()
        answer(b'r', encode_value(value))


def run_official_checker(source, payload):
    """payload: empty for standard input, else frames: the function's name, then every input."""
    hide_real_streams()
    sys.argv = ['']
    sys.set_int_max_str_digits(50000)
    guard_interpreter()
    try:
        if payload:
            fn_name, *inputs = split_frames(payload)
            check_function(source, fn_name, inputs)
        else:
            check_standard_input(source)
    except Exception as failure:
        answer(b'x', describe_error_between_tests(failure))
