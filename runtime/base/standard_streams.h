// The only place that writes to standard output and to standard error.
//
// Standard output is what the program was called for. A write that fails is remembered and what
// comes behind it is dropped, so a command may go on and finish its files; main closes the
// output last and turns a failure into a sentence and exit code 2. No command can forget to
// look. A command that does nothing but print asks output_failed() now and then, because it has
// no reason to go on.
//
// A reader that has seen enough (`jangwon … | head -1`) is no failure: the program ends as
// other tools do, killed by SIGPIPE and without a word, only not before the command has
// finished its files.
//
// Standard error carries notes and progress. Where they cannot be written nothing is lost, so
// nothing is said.
//
// Names and replies come from elsewhere: control characters, and characters that turn the direction
// of text, are written as \u001b (shown_text.h), which JSON reads as the same.

#pragma once

#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

// To be called before any file is opened. Descriptors that the caller closed are taken, so that no
// file of ours gets number 1 and receives what is printed; writing to them fails. A reader that
// went away, and a file that may grow no more, become failed writes instead of signals.
void open_standard_streams();

// Adds to standard output. Kept back until a block is full, but for a terminal.
void write_output(std::string_view text);

// Gives everything printed so far to the reader.
void flush_output();

bool output_failed();

// The last use of standard output: what is still here is written, and the system is asked whether
// all of it arrived.
Status close_output();

// Whether writing failed because the reader went away.
bool reader_of_output_left();

// As a program that does not handle it ends by SIGPIPE.
[[noreturn]] void end_by_broken_pipe();

// Adds to standard error, at once.
void write_note(std::string_view text);
// Our own control sequences, colours and the like, as they are: nothing that comes from elsewhere.
void write_control(std::string_view sequence);

}  // namespace jangwon
