// Which words show which attribute. Chosen by hand from what people write below photographs of everyday scenes; a word
// that mostly means something else ("light", "in", "one") is left out.
#include "evaluate/attribute_words.h"

#include <algorithm>
#include <array>
#include <string>

namespace glimpse::evaluate {
namespace {

constexpr auto kColours = std::to_array<std::string_view>(
    {"amber",  "beige",    "black",   "blond",   "blonde", "blue",      "bronze", "brown", "colorful", "colourful",
     "copper", "cream",    "crimson", "cyan",    "dark",   "gold",      "golden", "gray",  "green",    "grey",
     "ivory",  "lavender", "lilac",   "magenta", "maroon", "navy",      "orange", "pale",  "pink",     "purple",
     "red",    "scarlet",  "silver",  "tan",     "teal",   "turquoise", "violet", "white", "yellow"});

constexpr auto kCounts = std::to_array<std::string_view>({"both", "couple", "dozen", "dozens", "eight", "eleven",
                                                          "five", "four", "many", "multiple", "nine", "pair", "seven",
                                                          "several", "six", "ten", "three", "twelve", "two"});

constexpr auto kObjects = std::to_array<std::string_view>(
    {"adult",      "airplane",   "animal",   "apple",      "baby",       "backpack",     "bag",         "ball",
     "balloon",    "banana",     "baseball", "basketball", "bear",       "bed",          "bench",       "bicycle",
     "bicyclist",  "bike",       "biker",    "bird",       "boat",       "book",         "bottle",      "bowl",
     "boy",        "branch",     "bridge",   "bull",       "bus",        "butterfly",    "cake",        "camel",
     "camera",     "car",        "cat",      "chair",      "child",      "clock",        "coat",        "computer",
     "couch",      "cow",        "cowboy",   "crowd",      "cup",        "cyclist",      "dancer",      "deer",
     "desk",       "dog",        "door",     "dress",      "duck",       "elephant",     "face",        "family",
     "fence",      "fish",       "flag",     "flower",     "football",   "fountain",     "frisbee",     "fruit",
     "giraffe",    "girl",       "glass",    "glove",      "goat",       "goose",        "guitar",      "guy",
     "hair",       "hat",        "helmet",   "hiker",      "horse",      "hose",         "house",       "insect",
     "jacket",     "jeans",      "jersey",   "jumper",     "kayak",      "keyboard",     "kid",         "kite",
     "kitten",     "knife",      "lady",     "lamp",       "laptop",     "leaf",         "leash",       "lion",
     "man",        "microphone", "mirror",   "monkey",     "motorbike",  "motorcycle",   "mouse",       "mug",
     "orchid",     "pants",      "paper",    "parrot",     "pedestrian", "pen",          "performer",   "person",
     "phone",      "piano",      "picture",  "pizza",      "plane",      "plant",        "plate",       "player",
     "pony",       "puppy",      "rabbit",   "racer",      "rider",      "robot",        "rock",        "rope",
     "rose",       "runner",     "sandwich", "scarf",      "scooter",    "sheep",        "ship",        "shirt",
     "shoe",       "shorts",     "sign",     "singer",     "skateboard", "skateboarder", "skater",      "ski",
     "skier",      "skirt",      "sled",     "slide",      "snake",      "snowboard",    "snowboarder", "sofa",
     "spoon",      "stick",      "student",  "suit",       "sunflower",  "sunglass",     "surfboard",   "surfer",
     "sweater",    "swimmer",    "swimsuit", "swing",      "table",      "tank",         "teenager",    "telephone",
     "television", "tent",       "tiger",    "toddler",    "toilet",     "towel",        "toy",         "tractor",
     "train",      "tree",       "truck",    "tulip",      "tv",         "umbrella",     "uniform",     "van",
     "vase",       "vehicle",    "vest",     "wagon",      "wheel",      "window",       "woman",       "worker",
     "zebra"});

constexpr auto kScenes = std::to_array<std::string_view>(
    {"airport",   "alley",      "autumn", "backyard",   "bathroom", "bay",         "beach",     "bedroom",   "city",
     "cityscape", "classroom",  "cliff",  "coast",      "concert",  "countryside", "courtyard", "desert",    "dusk",
     "evening",   "fair",       "field",  "forest",     "garden",   "grass",       "gym",       "hallway",   "harbor",
     "harbour",   "highway",    "hill",   "hillside",   "indoor",   "indoors",     "island",    "jungle",    "kitchen",
     "lake",      "landscape",  "lawn",   "library",    "market",   "meadow",      "mountain",  "mud",       "museum",
     "night",     "ocean",      "office", "outdoor",    "outdoors", "park",        "parking",   "party",     "path",
     "pavement",  "playground", "pond",   "pool",       "rain",     "restaurant",  "river",     "road",      "room",
     "sand",      "sea",        "shop",   "shore",      "sidewalk", "sky",         "slope",     "snow",      "stadium",
     "stage",     "station",    "store",  "stream",     "street",   "subway",      "sunny",     "sunrise",   "sunset",
     "town",      "track",      "trail",  "underwater", "village",  "wall",        "water",     "waterfall", "wave",
     "winter",    "wood",       "woods",  "yard",       "zoo"});

constexpr auto kRelations = std::to_array<std::string_view>(
    {"above", "across",  "against", "along",   "alongside", "among",       "around",           "away from", "behind",
     "below", "beneath", "beside",  "between", "close to",  "in front of", "in the middle of", "inside",    "into",
     "near",  "next to", "off",     "on",      "on top of", "onto",        "out of",           "outside",   "over",
     "past",  "through", "toward",  "towards", "under",     "underneath"});

constexpr std::array<std::array<std::string_view, 2>, 16> kIrregular = {{{"buses", "bus"},
                                                                         {"children", "child"},
                                                                         {"geese", "goose"},
                                                                         {"glasses", "glass"},
                                                                         {"jeans", "jeans"},
                                                                         {"knives", "knife"},
                                                                         {"leaves", "leaf"},
                                                                         {"men", "man"},
                                                                         {"mice", "mouse"},
                                                                         {"pants", "pants"},
                                                                         {"people", "person"},
                                                                         {"persons", "person"},
                                                                         {"sheep", "sheep"},
                                                                         {"shorts", "shorts"},
                                                                         {"women", "woman"},
                                                                         {"woods", "woods"}}};

}  // namespace

std::span<const std::string_view> words_of(Attribute attribute) {
  switch (attribute) {
    case Attribute::kColour:
      return kColours;
    case Attribute::kCount:
      return kCounts;
    case Attribute::kObject:
      return kObjects;
    case Attribute::kScene:
      return kScenes;
    case Attribute::kRelation:
      return kRelations;
  }
  return {};
}

std::string_view irregular_singular(std::string_view word) {
  const auto found = std::ranges::find(kIrregular, word, [](const auto& pair) { return pair[0]; });
  return found == kIrregular.end() ? std::string_view() : (*found)[1];
}

}  // namespace glimpse::evaluate
