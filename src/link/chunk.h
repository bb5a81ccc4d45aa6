#pragma once
// Chunks: what the link cuts its streams into, and what carries them.

#include "transparency.h"

#include <external/link/link.h>

namespace external::link {

/// A piece of the call that is sealed, or of the signing on, which is not.
struct Chunk {
  bool clear = false;
  Bytes bytes;  ///< never empty
};

/// Where a pipe gets chunks from and takes them to.
class ChunkUser {
 public:
  virtual ~ChunkUser() = default;

  /// What goes next; nothing if nothing waits. Asked when the line has room for it, so that what is urgent
  /// does not wait behind what was cut early.
  virtual std::optional<Chunk> next_chunk() = 0;
  virtual bool has_chunk() const = 0;

  /// Full chunks of so many bytes together were made in `making`, and after that the line was busy for
  /// `sending`; on lines of unknown speed.
  virtual void chunks_went(std::size_t /*size*/, Duration /*making*/, Duration /*sending*/) {}

  /// In order and whole.
  virtual void chunk_arrived(Chunk chunk) = 0;

  /// Bytes of a chunk that may arrive now: little from an end that has not signed on.
  virtual std::size_t largest_chunk() const = 0;

  /// False: the pipe reads no more until wake().
  virtual bool has_room() const = 0;

  /// Everything that was sent has arrived, or there is room again: someone may be waiting for that.
  virtual void pipe_moved() = 0;
};

/// Carries chunks over a line. run() must run for anything to move.
class Pipe {
 public:
  virtual ~Pipe() = default;

  /// Until the line or the pipe fails, or end() is called; returns why. Call once.
  virtual Task<error_code> run() = 0;

  /// There may be a chunk to send, or room again.
  virtual void wake() = 0;

  virtual void end(error_code why) = 0;

  /// Everything that was taken from the user has arrived at the other end, as far as this pipe can know.
  virtual bool settled() const = 0;

  /// How many bytes a chunk should have, at most, its seal included.
  virtual std::size_t chunk_size() const = 0;

  virtual Statistics statistics() const = 0;

  // What both ends agreed upon while signing on:

  /// What the line was seen to eat on its way here; nothing before the other end's probe has come.
  virtual std::optional<Losses> losses() const { return std::nullopt; }

  /// From now on frames avoid what the line eats on its way to the other end.
  virtual void avoid(Losses) {}

  /// The line itself repeats what gets lost: no more acknowledgements.
  virtual void trust_line() {}

  /// Only one end may send at a time; `mine`: now it is this one.
  virtual void take_turns(bool /*mine*/) {}
};

struct PipeOptions {
  unsigned bits_per_second = 0;
  Duration probe_after{};
  Duration silence_limit{};
  bool half_duplex = false;
  bool answerer = false;
};

/// For lines that lose and damage bytes.
std::unique_ptr<Pipe> make_arq_pipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                    ChunkUser& user, PipeOptions options);

/// For lines that carry every byte, as TCP does: chunks with their length, and nothing else.
std::unique_ptr<Pipe> make_plain_pipe(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                      ChunkUser& user, PipeOptions options);

}  // namespace external::link
