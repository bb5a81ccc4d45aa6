#pragma once
// Which part of the queue a command is about, as the command line says it.

#include "command.h"

#include <external/config/settings.h>
#include <mailqueue/queue.h>

namespace external::commands {

/// Options that choose messages, for the help and the parser.
std::vector<Option> choosing_options();

struct Choice {
  std::vector<mailqueue::MessageId> ids;
  std::vector<std::string> offices;           ///< NETWORK/POSTOFFICE, known ones; as a whole
  std::vector<std::string> lines;             ///< instances, as external.ini writes them
  std::optional<mailqueue::Filter> filter{};  ///< absent: neither a filter nor --all was given
};

/// What stands behind the verb. Throws Failure (usage, data, no_host, config).
Choice read_choice(const Invocation& invocation, const config::Settings& settings);

}  // namespace external::commands
