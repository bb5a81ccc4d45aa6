#pragma once
// The pages and the keys: what is on the screen, and what a key means there.

#include "pages.h"
#include "question.h"

namespace external::console {

struct ViewerOptions {
  bool monitor = false;  ///< of another External: leaving stops nothing
  Charset charset = Charset::ascii;
};

class Viewer {
 public:
  explicit Viewer(ViewerOptions options) : options_(options) {}

  /// Exactly `height` rows of at most `width` columns.
  Frame draw(const Scene& scene, std::size_t width, std::size_t height);

  /// What the key asks for. `scene` is that of the last draw().
  std::optional<Action> take(const Key& key, const Scene& scene);

  /// What the next draw() would like to have.
  Wanted wanted() const;

  /// Shown until the next key.
  void say(std::string line) { said_ = std::move(line); }

  /// The question that stands is that for the end of the program, or of the monitor.
  bool asks_to_quit() const { return question_ && question_->action.what == Action::What::quit; }

 private:
  enum class Page { main, help, lan, modem, queue, log, pools };

  Frame page_rows(const Scene& scene, const Sheet& sheet);
  std::string bottom_line(std::size_t width) const;
  std::string main_keys(std::size_t width) const;
  std::string page_keys(std::size_t width) const;

  std::optional<Action> answer(const Key& key);
  std::optional<Action> take_character(char character, const Scene& scene);
  void turn_to(Page page);
  void escape();
  void ask(std::string text, Action action) { question_ = {std::move(text), std::move(action)}; }

  void move(const Key& key, const Scene& scene);
  void move_choice(Choice& choice, const Key& key) const;
  void move_in_queue(const Key& key, const Scene& scene);
  void scroll_log(const Key& key, const Scene& scene);

  std::optional<Action> call(const Scene& scene);
  void hang_up(const Scene& scene);
  void end_lease(const PoolEntry& entry);
  std::optional<Action> change(Action::What what);
  const std::string& chosen_office() const;

  ViewerOptions options_;
  Page page_ = Page::main;
  Choice lines_;
  Choice lan_;
  Choice modem_;
  Choice messages_;
  Choice pools_;
  std::vector<std::uint64_t> pages_before_;  ///< of the queue: what each page after the first begins behind
  std::vector<std::string> log_;             ///< as it was when it was scrolled back
  std::optional<std::size_t> log_end_;       ///< behind the last row shown of it; nothing: it is followed
  Frame log_rows_;                           ///< of the last draw()
  std::size_t rows_ = 1;                     ///< of the page
  std::optional<Question> question_;
  std::string said_;
  std::string read_news_;
  bool lends_ = false;  ///< there were pools at the last draw()
  bool leaving_ = false;
};

}  // namespace external::console
