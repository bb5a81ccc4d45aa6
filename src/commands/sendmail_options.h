#pragma once
// What the arguments of sendmail ask for.

#include <mailqueue/envelope.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace external::commands {

enum class SendmailMode {
  deliver,     ///< -bm: one message from standard input
  dialogue,    ///< -bs: SMTP on standard input and output
  list_queue,  ///< -bp
  run_queue,   ///< -q: look at the queue at once
  nothing,     ///< -bi, -I: there is no database of aliases to make
};

struct SendmailOptions {
  SendmailMode mode = SendmailMode::deliver;
  bool recipients_from_header = false;          ///< -t
  bool dots_are_text = false;                   ///< -i
  std::optional<std::string> sender;            ///< -f, -r
  std::string full_name;                        ///< -F
  mailqueue::Notify notify = {};                ///< -N
  bool headers_only = false;                    ///< -R hdrs
  std::string envelope_id;                      ///< -V
  std::optional<std::filesystem::path> config;  ///< -C
  std::vector<std::string> recipients;
};

/// Options of other sendmails that change nothing here are accepted and ignored. Throws Failure (usage).
SendmailOptions read_sendmail_options(const std::vector<std::string>& arguments);

/// The addresses in one argument or header field. Throws Failure (data) if they cannot be told apart.
std::vector<std::string> addresses_of(const std::string& list);

}  // namespace external::commands
