# Tries to get out, without doing harm where that works. Reads the tier; writes "holds", or what was possible.
import ctypes
import os
import socket
import sys

tier = sys.stdin.readline().strip()
libc = ctypes.CDLL(None, use_errno=True)
possible = []


def attempt(name, action):
    try:
        action()
    except OSError:
        return
    possible.append(name)


def call(*args):
    if libc.syscall(*args) < 0:
        raise OSError(ctypes.get_errno(), 'refused')


def write_file(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    os.unlink(path)


for path in ('/etc/passwd', '/etc/hostname', '/proc/self/maps', '/proc/1/environ'):
    attempt('reading ' + path, lambda: open(path).close())
for path in ('/', '/home', '/root', '/proc', '/sys', '/var'):
    attempt('listing ' + path, lambda: os.listdir(path) if path != '/' or tier != 'A' else os.listdir('/home'))
for path in ('/usr/lib/x', '/etc/x', '/dev/x', '/var/tmp/x') + (('/tmp/x',) if tier != 'A' else ()):
    attempt('writing ' + path, lambda: write_file(path))
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 17, 40):
    attempt('a socket of family %d' % family, lambda: socket.socket(family, socket.SOCK_STREAM if family != 16 else 3))
attempt('kill', lambda: os.kill(os.getppid(), 0))
attempt('fork', lambda: os.fork() or os._exit(0))
attempt('exec', lambda: os.execv(sys.executable or '/usr/bin/python3', ['python3', '-c', 'print("an execve")']))
attempt('unshare', lambda: call(272, 0x10000000))
attempt('mount', lambda: call(165, b'x', b'/tmp', b'tmpfs', 0, 0))
attempt('ptrace', lambda: call(101, 16, os.getppid(), 0, 0))
attempt('setuid', lambda: os.setuid(0))
attempt('io_uring', lambda: call(425, 1, ctypes.create_string_buffer(256)))
attempt('bpf', lambda: call(321, 0, 0, 0))
attempt('keyctl', lambda: call(250, 0, -3, 0))
if os.getuid() == 0:
    possible.append('being root')
print('holds' if not possible else 'possible: ' + ', '.join(possible))
