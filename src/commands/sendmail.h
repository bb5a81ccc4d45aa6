#pragma once
// The program under the name `sendmail`.

#include "exit.h"
#include "surroundings.h"

#include <mailqueue/envelope.h>

namespace external::commands {

/// What the arguments of sendmail ask for.
struct SendmailOptions {
  bool recipients_from_header = false;  ///< -t
  bool dots_are_text = false;           ///< -i
  bool list_queue = false;              ///< -bp
  std::optional<std::string> sender;    ///< -f
  mailqueue::Notify notify = {};        ///< -N
  bool headers_only = false;            ///< -R hdrs
  std::string envelope_id;              ///< -V
  std::vector<std::string> recipients;
};

/// Options that change nothing here are accepted and ignored. Throws Failure (usage).
SendmailOptions read_sendmail_options(const std::vector<std::string>& arguments);

/// Takes one message from world.in, as sendmail does. Throws as the commands do.
Exit run_sendmail(const std::vector<std::string>& arguments, Surroundings& world);

}  // namespace external::commands
