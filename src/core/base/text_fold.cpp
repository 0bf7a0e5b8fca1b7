// fold() of text.h. The tables hold, for every code point of a block, what it folds to: the small
// letter without its accent (Unicode 15). Letters that two languages tell apart stay apart: й is
// not и, ї is not і; only ё and ѐ become е. Version 1, see text.h before changing anything.
#include <cstddef>

#include "core/base/text.h"
#include "core/base/utf8.h"

namespace flead {
namespace {

// U+00C0 to U+024F
constexpr char16_t k_fold_latin[] =
    u"aaaaaaæceeeeiiiiðnooooo×ouuuuyþßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþy"
    u"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkkllllllŀ"
    u"ŀllnnnnnnŉŋŋooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    u"bɓƃƃƅƅɔƈƈɖɗƌƌƍǝəɛƒƒɠɣƕɩiƙƙlƛɯɲƞɵooƣƣƥƥʀƨƨʃƪƫƭƭʈuuʊʋƴƴzzʒƹƹƺƻƽƽƾƿ"
    u"ǀǁǂǃǆǆǆǉǉǉǌǌǌaaiioouuuuuuuuuuǝaaaaææggggkkooooʒʒjǳǳǳggƕƿnnaaææoo"
    u"aaaaeeeeiiiioooorrrruuuussttȝȝhhƞȡȣȣȥȥaaeeooooooooyyȴȵȶȷȸȹⱥcclⱦȿ"
    u"ɀɂɂbuʌeejjɋɋrryy";
// U+0370 to U+03FF
constexpr char16_t k_fold_greek[] =
    u"ͱͱͳͳ\u02b9\u0375ͷͷ\u0378\u0379\u037aͻͼͽ;ϳ\u0380\u0381\u0382\u0383\u0384\u0385α"
    u"·εηι\u038bο\u038dυωιαβγδεζηθικλμνξοπρ\u03a2στυφχψωιυαεηι"
    u"υαβγδεζηθικλμνξοπρσστυφχψωιυουωϗϐϑϒϒϒϕϖϗϙϙϛϛϝϝϟϟϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯ"
    u"ϰϱϲϳθϵ϶ϸϸϲϻϻϼͻͼͽ";
// U+0400 to U+052F
constexpr char16_t k_fold_cyrillic[] =
    u"ееђѓєѕіїјљњћќиўџабвгдежзийклмнопрстуфхцчшщъыьэюяабвгдежзийклмноп"
    u"рстуфхцчшщъыьэюяееђѓєѕіїјљњћќиўџѡѡѣѣѥѥѧѧѩѩѫѫѭѭѯѯѱѱѳѳѵѵѷѷѹѹѻѻѽѽѿѿ"
    u"ҁҁ҂\u0483\u0484\u0485\u0486\u0487\u0488\u0489ҋҋҍҍҏҏґґғғҕҕҗҗҙҙққҝҝҟҟҡҡңңҥҥҧҧҩҩҫ"
    u"ҫҭҭүүұұҳҳҵҵҷҷҹҹһһҽҽҿҿ"
    u"ӏӂӂӄӄӆӆӈӈӊӊӌӌӎӎӏӑӑӓӓӕӕӗӗәәӛӛӝӝӟӟӡӡӣӣӥӥӧӧөөӫӫӭӭӯӯӱӱӳӳӵӵӷӷӹӹӻӻӽӽӿӿ"
    u"ԁԁԃԃԅԅԇԇԉԉԋԋԍԍԏԏԑԑԓԓԕԕԗԗԙԙԛԛԝԝԟԟԡԡԣԣԥԥԧԧԩԩԫԫԭԭԯԯ";
// U+1E00 to U+1EFF
constexpr char16_t k_fold_latin_more[] =
    u"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    u"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    u"wwwwwwwwwwxxxxyyzzzzzzhtwyẚsẜẝßẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    u"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻỽỽỿỿ";
// U+1F00 to U+1FFF
constexpr char16_t k_fold_greek_more[] =
    u"ααααααααααααααααεεεεεε\u1f16\u1f17εεεεεε\u1f1e\u1f1fηηηηηηηηηηηηηηηηιιιιιιιιιι"
    u"ιιιιιι"
    u"οοοοοο\u1f46\u1f47οοοοοο\u1f4e\u1f4fυυυυυυυυ\u1f58υ\u1f5aυ\u1f5cυ\u1f5eυωωωωωω"
    u"ωωωωωωωωωωααεεηηιιοουυωω\u1f7e\u1f7f"
    u"ααααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααα\u1fb5ααααααα\u1fbdι\u1fbf"
    u"\u1fc0\u1fc1ηηη\u1fc5ηηεεηηη\u1fcd\u1fce\u1fcfιιιι\u1fd4\u1fd5ιιιιιι\u1fdc\u1fdd"
    u"\u1fde\u1fdfυυυυρρυυυυυυρ\u1fed\u1fee\u1fef\u1ff0\u1ff1ωωω\u1ff5ωωοοωωω\u1ffd\u1ffe"
    u"\u1fff";

constexpr char32_t k_fold_space = ' ';
constexpr char32_t k_fold_drop = 0;

bool is_fold_mark(char32_t code) {
  return (code >= 0x300 && code <= 0x36F) || (code >= 0x483 && code <= 0x489) ||
         (code >= 0x1AB0 && code <= 0x1AFF) || (code >= 0x1DC0 && code <= 0x1DFF) ||
         (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE20 && code <= 0xFE2F);
}

bool is_fold_space(char32_t code) {
  return code == ' ' || (code >= 0x09 && code <= 0x0D) || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
         code == 0x202F || code == 0x205F || code == 0x3000;
}

// Soft hyphen, zero-width characters, byte order mark: they come in with pasted text.
bool is_fold_invisible(char32_t code) {
  return code == 0xAD || (code >= 0x200B && code <= 0x200F) || code == 0x2060 || code == 0xFEFF;
}

// What one code point becomes; k_fold_space for white space, k_fold_drop for nothing.
char32_t fold_code(char32_t code) {
  if (code < 0x80) {
    if (code >= 'A' && code <= 'Z') return code + 0x20;
    return is_fold_space(code) ? k_fold_space : code;
  }
  if (code >= 0x400 && code <= 0x52F && !is_fold_mark(code)) return k_fold_cyrillic[code - 0x400];
  if (code >= 0xC0 && code <= 0x24F) return k_fold_latin[code - 0xC0];
  if (code >= 0x370 && code <= 0x3FF) return k_fold_greek[code - 0x370];
  if (code >= 0x1E00 && code <= 0x1EFF) return k_fold_latin_more[code - 0x1E00];
  if (code >= 0x1F00 && code <= 0x1FFF) return k_fold_greek_more[code - 0x1F00];
  if (is_fold_mark(code) || is_fold_invisible(code)) return k_fold_drop;
  return is_fold_space(code) ? k_fold_space : code;
}

// Letters that an accent turns into another letter, when they come in two code points (names of
// files and texts from macOS do). 0: the accent is only an accent.
char32_t fold_composed(char32_t last, char32_t mark) {
  if (mark == 0x306 && last == U'и') return U'й';
  if (mark == 0x306 && last == U'у') return U'ў';
  if (mark == 0x308 && last == U'і') return U'ї';
  if (mark == 0x301 && last == U'г') return U'ѓ';
  if (mark == 0x301 && last == U'к') return U'ќ';
  return 0;
}

// The three letters that become two.
std::string_view fold_pair(char32_t code) {
  if (code == U'ß') return "ss";
  if (code == U'æ') return "ae";
  if (code == U'œ') return "oe";
  return {};
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  bool space = false;  // white space was seen, and is written before the next character
  char32_t last = 0;   // the last code point written
  while (at != end) {
    if (const char c = *at; c > ' ' && c < '\x7F') {  // most of most texts, without the tables
      if (space && !out.empty()) out += ' ';
      space = false;
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      last = 0;
      ++at;
      continue;
    }
    auto [code, size] = utf8::step(at, end);
    if (size == 0) {
      code = 0xFFFD;
      size = 1;
    }
    at += size;
    const char32_t folded = fold_code(code);
    if (folded == k_fold_space) {
      space = true;
      continue;
    }
    if (folded == k_fold_drop) {
      if (const char32_t composed = space ? 0 : fold_composed(last, code); composed != 0) {
        out.resize(out.size() - 2);  // every letter concerned has two bytes
        utf8::append(out, composed);
        last = composed;
      }
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    last = folded;
    if (const auto pair = fold_pair(folded); !pair.empty()) {
      out += pair;
    } else {
      utf8::append(out, folded);
    }
  }
  return out;
}

}  // namespace flead
