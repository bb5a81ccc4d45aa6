#pragma once
// A batch of SMTP commands as the connection under an SMTP dialogue.

#include "source.h"

#include <external/stream/stream.h>

#include <vector>

namespace external::commands {

/// Plays what a client would have said from a file or pipe, whose lines may end with LF alone, and remembers
/// which command was refused.
class BatchStream final : public stream::Stream {
 public:
  explicit BatchStream(Source source) : source_(std::move(source)) {}

  struct Refusal {
    std::size_t line = 0;  ///< of the batch, from 1
    std::string command;   ///< that was refused; DATA for a message
    std::string reply;     ///< one line: code and text
    bool is_final = true;  ///< it will be refused again
  };

  const std::vector<Refusal>& refusals() const { return refusals_; }
  std::size_t messages() const { return messages_; }  ///< taken

  Task<std::size_t> read(std::span<char> to) override;
  Task<bool> write(std::string_view text) override;

 private:
  struct Content {
    std::size_t size = 0;
    bool is_last = false;  ///< it ends with the line with the dot
  };

  void take_command();
  void take_content();
  Content next_content() const;
  bool has_line() const { return unread_.find('\n') != std::string::npos; }
  void fetch_line();
  void give(std::size_t size);
  void hear(std::string_view reply);
  void end_early(const std::string& why);

  Source source_;
  bool source_ended_ = false;
  std::string unread_;     ///< of the source
  std::string ready_;      ///< for the dialogue, with CR LF
  std::size_t given_ = 0;  ///< of it
  char last_ = '\n';       ///< that was made ready
  std::size_t line_ = 1;   ///< that begins, or goes on, with unread_
  std::string command_;
  std::size_t command_line_ = 0;
  bool in_content_ = false;
  bool message_ended_ = false;  ///< its reply is due
  std::vector<Refusal> refusals_;
  std::size_t messages_ = 0;
};

}  // namespace external::commands
