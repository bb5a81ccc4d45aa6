#pragma once
// How long a line may stay in a state without a sign of life.

#include <external/engine/report.h>

namespace external::engine {

/// Longer than anything takes that goes on as it should; Duration::max() where the state has a watch of its
/// own.
Duration longest_silence(LineState state);

}  // namespace external::engine
