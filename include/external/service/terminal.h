#pragma once
// Whether a person sits in front of the program.

namespace external::service {

/// Both descriptors are a terminal and no job control keeps us in its background: keys can be read and a
/// screen be shown.
bool is_interactive(int input = 0, int output = 1);

}  // namespace external::service
