// What LaTeX puts around an answer and a reader does not see as part of it: fonts, sizes, colours,
// frames, spacing. Both readers of boxes drop it here, so that a letter and a number are found
// behind the same commands.

#pragma once

#include <cstddef>
#include <string_view>

namespace jangwon::harness {

// The length of a decoration that begins at byte i: the command with the arguments that say how
// ("\color{red}", "\hspace*{2mm}", "\large"), but without the argument that it decorates: of
// "\textcolor{red}{62}" the group stays. What is struck out or invisible (\cancel, \phantom) is
// dropped as a whole. 0 where none stands. Looks ahead a bounded distance.
size_t latex_decoration_at(std::string_view text, size_t i);

}  // namespace jangwon::harness
