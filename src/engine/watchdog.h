#pragma once
// How long a line may stay in a state without a sign of life.

#include "board.h"

namespace external::engine {

/// Longer than anything takes that goes on as it should; Duration::max() where the state has a watch of its
/// own.
Duration longest_silence(LineState state);

/// Whether a line has been silent for so much longer that whoever restarts silent lines cannot be at work.
bool is_lost(const Board& board);

}  // namespace external::engine
