// How fast the queue is, at both ends of a line: messages of 4 KB, one by one and in batches of 64, content
// that comes in small pieces, and large content.
//
// per_second counts messages, flushes or megabytes; cpu_us is the processor time of the whole process for one
// of them, beside what the clock says.

#include <mailqueue/queue.h>
#include <mailqueue/shared_queue.h>

#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <sys/resource.h>

namespace mailqueue {
namespace {

constexpr std::size_t message_size = 4096;
constexpr std::size_t megabyte = 1'000'000;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "queue-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path queue() const { return path_ / "queue.db"; }

 private:
  std::filesystem::path path_;
};

/// Processor time since it was made, in microseconds.
class CpuTime {
 public:
  double elapsed() const { return now() - start_; }

 private:
  static double now() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto microseconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  }
  double start_ = now();
};

Time start_of_time() {
  return Time(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1});
}

/// Mail as post offices make it: keys that begin with the time, a useful life, one recipient.
class Source {
 public:
  explicit Source(unsigned seed = 1) : random_(seed) {}

  Envelope next() {
    Envelope envelope;
    envelope.key.reserve(40);
    append_hex(envelope.key, std::chrono::floor<std::chrono::seconds>(now_.time_since_epoch()).count(), 8);
    append_hex(envelope.key, static_cast<std::int64_t>(random_()), 14);
    envelope.key += "@NORTH/CLINIC";
    envelope.sender = "NORTH/CLINIC/ANN";
    envelope.recipients = {{"SOUTH/HUB/USER" + std::to_string(random_() % 1000), "SOUTH/HUB"}};
    now_ += std::chrono::microseconds(200);
    envelope.accepted = now_;
    envelope.useful_life = std::chrono::hours(24 * 7);
    return envelope;
  }
  Time now() const { return now_; }

 private:
  static void append_hex(std::string& text, std::int64_t number, int digits) {
    for (int at = 4 * (digits - 1); at >= 0; at -= 4) text += "0123456789abcdef"[number >> at & 15];
  }

  std::mt19937_64 random_;
  Time now_ = start_of_time();
};

std::string text(std::size_t size) {
  std::mt19937_64 random(2);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void report(benchmark::State& state, const CpuTime& cpu, double units) {
  state.counters["cpu_us"] = cpu.elapsed() / units;
  state.counters["per_second"] = benchmark::Counter(units, benchmark::Counter::kIsRate);
}

void accept_batch(Queue& queue, Source& source, std::string_view content, std::int64_t count) {
  Batch batch(queue);
  for (std::int64_t i = 0; i < count; ++i) queue.accept(source.next(), content, source.now());
  batch.commit();
}

void accept(benchmark::State& state) {
  const Folder folder;
  Queue queue(folder.queue());
  Source source;
  const std::string content = text(message_size);
  const CpuTime cpu;
  for (auto _ : state) accept_batch(queue, source, content, state.range(0));
  report(state, cpu, static_cast<double>(state.iterations() * state.range(0)));
}

/// Many threads that each wait for one message at a time.
void accept_together(benchmark::State& state) {
  constexpr int messages = 10'000;
  const auto threads = static_cast<int>(state.range(0));
  const std::string content = text(message_size);
  const Folder folder;
  SharedQueue queue(folder.queue());
  std::vector<Source> sources;
  for (int i = 0; i < threads; ++i) sources.emplace_back(static_cast<unsigned>(i));
  const CpuTime cpu;
  for (auto _ : state) {
    std::vector<std::jthread> submitters;
    for (Source& source : sources) {
      submitters.emplace_back([&] {
        for (int i = 0; i < messages / threads; ++i) queue.accept(source.next(), content, source.now());
      });
    }
  }
  report(state, cpu, static_cast<double>(state.iterations() * (messages / threads) * threads));
}

void send(benchmark::State& state) {
  const Folder folder;
  Queue queue(folder.queue());
  Source source;
  const std::string content = text(message_size);
  for (std::int64_t i = 0; i < state.max_iterations; ++i)
    accept_batch(queue, source, content, state.range(0));
  const CpuTime cpu;
  for (auto _ : state) {
    std::vector<Work> all = queue.pick({"SOUTH/HUB"}, source.now(), static_cast<std::size_t>(state.range(0)));
    queue.batch([&] {
      for (Work& work : all) queue.start_transfer(work);
      for (const Work& work : all) benchmark::DoNotOptimize(queue.read(work.message, 0, work.size));
    });
    queue.batch([&] {
      for (const Work& work : all) queue.acknowledge(work.ids(), "SOUTH/HUB", source.now());
    });
  }
  report(state, cpu, static_cast<double>(state.iterations() * state.range(0)));
}

/// As content comes over a modem: small pieces, each made durable. Below 1 MB in the database, else in a
/// file.
void flush_small(benchmark::State& state) {
  constexpr std::size_t piece_size = 2500;
  const Folder folder;
  Queue queue(folder.queue());
  Source source;
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string piece = text(piece_size);
  Writer writer = queue.partial("t", size, source.now());
  const CpuTime cpu;
  for (auto _ : state) {
    if (writer.offset() + piece_size > size) writer.restart();
    writer.append(piece);
    writer.flush(source.now());
  }
  report(state, cpu, static_cast<double>(state.iterations()));
}

void append_large(benchmark::State& state) {
  constexpr std::size_t size = 200 * megabyte;
  const std::string piece = text(static_cast<std::size_t>(state.range(0)));
  const CpuTime cpu;
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    Queue queue(folder.queue());
    Source source;
    state.ResumeTiming();
    Writer writer = queue.partial("t", size, source.now());
    while (writer.offset() < size) writer.append(std::string_view(piece).substr(0, size - writer.offset()));
    writer.commit(source.next(), source.now());
  }
  report(state, cpu, static_cast<double>(state.iterations()) * size / megabyte);
}

void read_large(benchmark::State& state) {
  constexpr std::size_t size = 200 * megabyte;
  const Folder folder;
  Queue queue(folder.queue());
  Source source;
  const MessageId message = *queue.accept(source.next(), text(size), source.now()).message;
  const auto piece = static_cast<std::size_t>(state.range(0));
  const CpuTime cpu;
  for (auto _ : state) {
    for (std::size_t at = 0; at < size; at += piece) benchmark::DoNotOptimize(queue.read(message, at, piece));
  }
  report(state, cpu, static_cast<double>(state.iterations()) * size / megabyte);
}

/// A queue with very much mail in it, a tenth of it postponed and one in a hundred of another priority; made
/// once for each size.
class Crowd {
 public:
  static Queue& of(std::int64_t size) {
    static std::map<std::int64_t, Crowd> crowds;
    return crowds.try_emplace(size, size).first->second.queue_;
  }

  explicit Crowd(std::int64_t size) {
    constexpr std::int64_t together = 1000;
    Source source;
    const std::string content = text(200);
    for (std::int64_t made = 0; made < size; made += together) {
      Batch batch(queue_);
      for (std::int64_t i = 0; i < together; ++i) {
        Envelope envelope = source.next();
        envelope.recipients[0].destination = "SOUTH/OFFICE" + std::to_string(i % 20);
        envelope.priority = i % 100 == 99 ? Priority::low : Priority::normal;
        queue_.accept(envelope, content, start_of_time());
      }
      if (made * 10 < size) {
        queue_.fail_due({"SOUTH/OFFICE1"}, "BUSY", start_of_time() + std::chrono::hours(1), true,
                        start_of_time());
      }
      batch.commit();
    }
  }

 private:
  Folder folder_;
  Queue queue_{folder_.queue()};
};

/// What is asked for all the time, beside so many messages.
template <class Look>
void look(benchmark::State& state, Look look_at) {
  Queue& queue = Crowd::of(state.range(0));
  const CpuTime cpu;
  for (auto _ : state) benchmark::DoNotOptimize(look_at(queue));
  report(state, cpu, static_cast<double>(state.iterations()));
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

enum class Place { row, chunks, file };

/// One message of some size from begin to end, its content in one of the places.
void place(benchmark::State& state) {
  constexpr std::size_t no_limit = std::size_t{1} << 30;
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto where = static_cast<Place>(state.range(1));
  const Folder folder;
  Options options;
  options.memory = no_limit;
  options.row = where == Place::row ? no_limit : 0;
  options.large = 0;
  Queue queue(folder.queue(), options);
  Source source;
  const std::string content = text(size);
  const CpuTime cpu;
  for (auto _ : state) {
    const Envelope envelope = source.next();
    Writer writer =
        where == Place::file ? queue.partial(envelope.key, size, source.now()) : queue.begin(source.now());
    writer.append(content);
    const MessageId message = *writer.commit(envelope, source.now()).message;
    benchmark::DoNotOptimize(queue.read(message, 0, size));
    queue.acknowledge(queue.pick({"SOUTH/HUB"}, source.now(), 1).at(0).ids(), "SOUTH/HUB", source.now());
  }
  report(state, cpu, static_cast<double>(state.iterations()));
}

const std::vector<std::string> offices{"SOUTH/OFFICE1", "SOUTH/OFFICE2"};

Filter first_fifty(const std::optional<std::string>& office) {
  Filter filter;
  if (office) filter.state = State::queued;
  filter.destination = office;
  filter.limit = 50;
  return filter;
}

BENCHMARK_CAPTURE(look, pick_50, [](Queue& q) { return q.pick(offices, start_of_time(), 50); })
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(look, pick_low_10,
                  [](Queue& q) { return q.pick(offices, Priority::low, start_of_time(), 10); })
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(look, due, [](Queue& q) { return q.due(start_of_time()); })->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(look, list_50, [](Queue& q) { return q.list(first_fifty({})); })->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(look, list_office_50, [](Queue& q) { return q.list(first_fifty("SOUTH/OFFICE19")); })
    ->Arg(1000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(look, totals, [](Queue& q) { return q.totals(); })->Arg(1000)->Arg(1'000'000);
BENCHMARK(place)
    ->ArgsProduct({{4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20}, {0, 1, 2}})
    ->Iterations(100)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(accept)->Arg(1)->Arg(64)->Iterations(500)->UseRealTime();
BENCHMARK(accept_together)->Arg(1)->Arg(10)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(send)->Arg(1)->Arg(64)->Iterations(500)->UseRealTime();
BENCHMARK(flush_small)->Arg(900'000)->Arg(10'000'000)->Iterations(1000)->UseRealTime();
BENCHMARK(append_large)
    ->Arg(65'536)
    ->Arg(1 << 20)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(read_large)->Arg(65'536)->Arg(1 << 20)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mailqueue

BENCHMARK_MAIN();
