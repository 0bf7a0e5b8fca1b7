// FairQueue: who waits for a worker, in turn by whose request it is, so that one tenant's flood
// makes that tenant wait and nobody else. Pure: no lock, no clock; the front guards it.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace flead::http {

template <class T>
class FairQueue {
 public:
  // At most `size_max` in all and `share_max` of one owner.
  FairQueue(std::size_t size_max, std::size_t share_max)
      : size_max_(size_max), share_max_(share_max) {}

  bool push(std::string_view owner, T item) {
    if (size_ >= size_max_) return false;
    auto found = by_owner_.find(std::string(owner));
    if (found == by_owner_.end()) {
      turns_.push_back({std::string(owner), {}});
      found = by_owner_.emplace(turns_.back().owner, std::prev(turns_.end())).first;
    }
    std::deque<T>& waiting = found->second->waiting;
    if (waiting.size() >= share_max_) return false;
    waiting.push_back(std::move(item));
    ++size_;
    return true;
  }

  // The first of the owner whose turn it is; that owner goes to the end of the round.
  std::optional<T> pop() {
    if (turns_.empty()) return std::nullopt;
    Turn& turn = turns_.front();
    T item = std::move(turn.waiting.front());
    turn.waiting.pop_front();
    --size_;
    if (turn.waiting.empty()) {
      by_owner_.erase(turn.owner);
      turns_.pop_front();
    } else {
      turns_.splice(turns_.end(), turns_, turns_.begin());
    }
    return item;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Turn {
    std::string owner;
    std::deque<T> waiting;  // never empty between calls
  };

  const std::size_t size_max_;
  const std::size_t share_max_;
  std::size_t size_ = 0;
  std::list<Turn> turns_;
  std::unordered_map<std::string, typename std::list<Turn>::iterator> by_owner_;
};

}  // namespace flead::http
