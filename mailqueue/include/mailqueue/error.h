#pragma once
// How the queue says that it cannot go on.

#include <mailqueue/envelope.h>

#include <stdexcept>
#include <string>

namespace mailqueue {

enum class ErrorKind {
  cannot_open,  ///< no such folder, no permission, not a file
  read_only,    ///< may be read but not written
  foreign,      ///< a database of another program
  newer,        ///< a queue of a later version of this library
  corrupt,      ///< damaged, or no database at all
  full,         ///< no space left; the same call succeeds once there is
  locked,       ///< another program kept it longer than Options::busy_timeout; try again
  io,           ///< the disk failed
  gone,         ///< the message or the partial content was removed meanwhile, or is in other hands
  misuse,       ///< the caller broke a rule of the interface
  damaged,      ///< one message cannot be read, see DamagedMessage; the others can
};

/// Thrown by everything in this library. what() is one line that names the cause and the cure.
/// The call that threw changed nothing (but see Writer::append).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// The envelope or the content of one message cannot be read, or is not what was accepted. No other message
/// is concerned: set it aside with Queue::quarantine and go on.
class DamagedMessage : public Error {
 public:
  DamagedMessage(MessageId message, const std::string& why)
      : Error(ErrorKind::damaged, "message " + std::to_string(message) + " cannot be read: " + why),
        message_(message) {}
  MessageId message() const { return message_; }

 private:
  MessageId message_;
};

}  // namespace mailqueue
