#pragma once
// Notices when what a path leads to changes.

#include <external/base/asio.h>

namespace external::line {

/// Listens with inotify to the folders that decide where a path leads: its own, those of the links on the
/// way, and for a folder that does not exist the nearest one that does. Without inotify it hears nothing.
class PathWatch {
 public:
  PathWatch(const asio::any_io_executor& executor, std::string path);

  /// Listens to the folders as they are now. To be called before each look at the path, so that nothing
  /// happens unheard between the look and wait().
  void follow();

  /// Returns when one of the names on the way came, went, or got other permissions since follow(). Can be
  /// cancelled.
  Task<> wait();

 private:
  void listen(const std::string& folder, const std::string& name);
  bool take_news();

  std::string path_;
  asio::posix::stream_descriptor inotify_;
  std::multimap<int, std::string> names_;  ///< that matter, by inotify's number of their folder
};

}  // namespace external::line
