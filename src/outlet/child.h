#pragma once
// A program that runs beside us.

#include <external/base/asio.h>
#include <external/base/clock.h>
#include <external/outlet/helper.h>

#include <sys/types.h>

namespace external::outlet {

/// How a program ended.
struct End {
  int code = 0;    ///< its exit code, if `signal` is 0
  int signal = 0;  ///< that killed it
};

/// Its standard input is a pipe from us, its standard output and error one to us. It inherits no other
/// descriptor. Killed with its process group when it goes; the thread does not wait for its end.
class Child {
 public:
  /// `environment` is added to that of this program. Throws boost::system::system_error: no such program, no
  /// permission, no process.
  Child(const asio::any_io_executor& executor, const std::vector<std::string>& arguments,
        const Environment& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// All of it; false if the program does not read it any more.
  Task<bool> write(std::string_view text);
  void close_input();

  /// Appends what it says to `text`, up to `limit` bytes there, until it closes its outputs. The rest is read
  /// and dropped.
  Task<> read_output(std::string& text, std::size_t limit);

  /// Its end; what it started and left behind in its process group is killed then.
  Task<End> wait();

  void kill();

 private:
  pid_t pid_ = -1;
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor ended_;  ///< a pidfd, readable when the program has ended
};

/// Feeds the program, reads what it says into `said`, up to `limit` bytes, and waits for its end. One that
/// lasts longer than `patience` is killed; then nothing is returned. `feed` closes its input.
Task<std::optional<End>> see_to_its_end(Child& child, std::function<Task<>()> feed, std::string& said,
                                        std::size_t limit, Duration patience, Clock& clock);

}  // namespace external::outlet
