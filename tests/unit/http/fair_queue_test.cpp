#include "serve/http/fair_queue.h"

#include <string>

#include "support/catch.h"

namespace flead::http {

TEST_CASE("fair queue: owners take turns, each in its own order", "[http]") {
  FairQueue<std::string> queue(100, 100);
  for (const char* item : {"a1", "a2", "a3", "a4"}) REQUIRE(queue.push("a", item));
  REQUIRE(queue.push("b", "b1"));
  REQUIRE(queue.push("c", "c1"));
  REQUIRE(queue.push("b", "b2"));
  std::string order;
  while (const auto item = queue.pop()) order += *item + " ";
  CHECK(order == "a1 b1 c1 a2 b2 a3 a4 ");
  CHECK(queue.empty());
  CHECK_FALSE(queue.pop());
}

TEST_CASE("fair queue: a flood fills its own share only", "[http]") {
  FairQueue<int> queue(5, 3);
  CHECK(queue.push("flood", 1));
  CHECK(queue.push("flood", 2));
  CHECK(queue.push("flood", 3));
  CHECK_FALSE(queue.push("flood", 4));
  CHECK(queue.push("other", 5));
  CHECK(queue.push("third", 6));
  CHECK_FALSE(queue.push("fourth", 7));  // all of it is full
  CHECK(queue.size() == 5);
  CHECK(queue.pop() == 1);
  CHECK(queue.pop() == 5);
  CHECK(queue.push("fourth", 7));
}

TEST_CASE("fair queue: an owner that comes back queues at the end", "[http]") {
  FairQueue<int> queue(10, 10);
  REQUIRE(queue.push("a", 1));
  REQUIRE(queue.push("b", 2));
  CHECK(queue.pop() == 1);
  REQUIRE(queue.push("a", 3));
  CHECK(queue.pop() == 2);
  CHECK(queue.pop() == 3);
}

}  // namespace flead::http
