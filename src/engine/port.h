#pragma once
// The port of an instance: opening it, waiting for it, and what to tell people when it cannot be had.

#include "context.h"

namespace external::engine {

/// Opens the port that AsyncCommPort names, or whatever the engine was told to open instead.
Task<Result<std::unique_ptr<line::Line>>> open_port(Context& context, const config::Instance& settings);

/// One sentence: why it could not be opened, and the cure.
std::string port_trouble(const config::Instance& settings, error_code error);

/// Whether `error` says that there is no such port now, as opposed to one that somebody holds or that fails.
bool is_absent(error_code error);

}  // namespace external::engine
