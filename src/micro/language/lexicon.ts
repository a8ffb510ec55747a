const split = (words: string): readonly string[] => words.split(" ");

/** Classes of interchangeable words; a repeated word is more frequent. None of them names a value of a scene, and every one is true of every scene. */
export const lexicon = {
  picture: split("picture picture image image scene drawing view composition frame graphic depiction artwork illustration visual design canvas piece rendering snapshot portrayal panel work"),
  shows: split("shows shows depicts presents features displays contains portrays captures has includes offers reveals holds represents illustrates exhibits highlights introduces provides"),
  seen: split("seen shown shown visible depicted presented displayed found pictured placed featured portrayed captured present represented noticed"),
  quality: split("nice simple clear clean pretty lovely neat charming pleasant fine good beautiful quiet calm tidy cute playful modest elegant balanced careful gentle friendly peaceful tasteful delightful attractive appealing interesting striking graceful fresh polished refined subtle cheerful sweet wonderful perfect creative original special unusual distinct ordinary familiar pleasing remarkable honest humble"),
  adverb: split("clearly nicely simply plainly neatly carefully easily really truly surely definitely obviously visibly distinctly certainly evidently indeed always"),
  is: split("is is is looks seems appears"),
  main: split("main main primary key chief principal"),
  subject: split("subject subject focus figure motif topic theme element feature thing"),
  color: split("color color color shade hue tint coloring"),
  painted: split("painted colored tinted shaded dyed"),
  covers: split("covers fills coats marks"),
  material: split("material material texture substance matter"),
  surface: split("surface texture finish body look"),
  made: split("made made built crafted formed constructed fashioned composed"),
  style: split("style style technique manner approach"),
  drawn: split("drawn rendered done created executed designed made"),
  state: split("state pose posture behavior"),
  background: split("background background setting location place scenery surroundings environment"),
  set: split("placed located set found positioned"),
  mood: split("mood atmosphere feeling impression effect arrangement layout balance"),
  parts: split("details lines edges shapes contours forms outlines"),
  backdrop: split("backdrop backdrop field base"),
} as const;

export type WordClass = keyof typeof lexicon;
