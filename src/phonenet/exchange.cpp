#include "exchange.h"

namespace external::phonenet {
namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

std::string digits_of(const std::string& text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

}  // namespace

Exchange::Exchange(Agenda& agenda, ExchangeOptions options, std::uint64_t seed, Log log)
    : agenda_(agenda), options_(options), seed_(seed), log_(std::move(log)), sweep_(agenda, [this] {
        std::erase_if(calls_, [](const auto& call) { return call->over(); });
      }) {}

Exchange::~Exchange() = default;

Subscriber& Exchange::add(const std::string& number, const std::string& name, const LineSettings& settings) {
  const std::uint64_t seed = seed_ * 1'000'003 + subscribers_.size();
  subscribers_.push_back(
      std::make_unique<Subscriber>(*this, agenda_, digits_of(number), name, settings, seed));
  return *subscribers_.back();
}

std::size_t Exchange::buffer(unsigned rate) const {
  constexpr unsigned parts_of_a_second = 25;
  return std::max<std::size_t>(options_.buffer, rate / 10 / parts_of_a_second);
}

void Exchange::route(Subscriber& caller, const std::string& digits) {
  const std::string number = digits_of(digits);
  const auto callee = std::find_if(subscribers_.begin(), subscribers_.end(),
                                   [&](const auto& subscriber) { return subscriber->number() == number; });
  if (callee == subscribers_.end()) {
    log(caller.name() + ": dialled " + digits + ", which nobody has");
    return caller.fail(DialFailure::no_carrier);
  }
  if (!(*callee)->can_be_called()) {
    log(caller.name() + ": " + (*callee)->name() + " is busy");
    return caller.fail(DialFailure::busy);
  }
  calls_.push_back(std::make_unique<Call>(*this, agenda_, caller, **callee));
  calls_.back()->start();
}

void Exchange::log(const std::string& text) const {
  if (log_) log_(text);
}

}  // namespace external::phonenet
