#!/usr/bin/env python3
"""Builds the miniature sets of the Korean multiple-choice benchmarks and checks them: click, kobalt, kmmlu, kmmlu_redux,
hae_rae and kormedmcqa, each in the columns of the set that it stands for.

Every item carries its reason; a numeric one also the computation of its gold. What a question asks does not change with
the year.
"""

import json
import pathlib
import random

from multiple_choice import Item, arrange, check_item, gold_positions

LETTERS = "ABCDEFGHIJ"

# --- CLIcK: four or five options, the answer is the text of one; some questions have a paragraph

WALK = ("민수는 아침마다 한강 공원을 달린다. 처음에는 1km도 힘들었지만 석 달이 지난 지금은 5km를 쉬지 않고 달릴 수 있다. "
        "민수는 다음 달에 열리는 10km 대회에 나가려고 한다.")
MARKET = ("우리 동네 시장은 닷새마다 열린다. 이번 달 첫 장은 2일에 섰고, 할머니는 장이 서는 날마다 직접 기른 채소를 "
          "팔러 가신다.")

CLICK = [
    Item(("economy", ""), "한국의 중앙은행으로서 원화를 발행하는 기관은?", "한국은행",
         "한국산업은행 | 금융감독원 | 기획재정부", "The Bank of Korea Act gives it the right of issue."),
    Item(("economy", ""), "어느 가게가 공급가액 20,000원인 물건에 부가가치세 10%를 더해 팔았다. 손님이 낸 돈은?", "22,000원",
         "20,010원 | 20,200원 | 21,000원", "20,000 x 1.1 = 22,000.", 20000 * 1.1),
    Item(("geography", ""), "한반도에서 가장 높은 산은?", "백두산", "한라산 | 지리산 | 설악산",
         "Baekdu is 2,744 m high, Halla 1,947 m."),
    Item(("geography", ""), "한라산이 있는 섬은?", "제주도", "울릉도 | 강화도 | 거제도", "Halla is the middle of Jeju."),
    Item(("history", ""), "훈민정음을 창제한 조선의 임금은?", "세종", "태조 | 성종 | 정조", "Sejong, in 1443."),
    Item(("history", ""), "일어난 순서대로 늘어놓은 것은?\nㄱ. 임진왜란\nㄴ. 고려 건국\nㄷ. 3·1 운동", "ㄴ → ㄱ → ㄷ",
         "ㄱ → ㄴ → ㄷ | ㄴ → ㄷ → ㄱ | ㄷ → ㄱ → ㄴ", "918, 1592 and 1919."),
    Item(("law", ""), "대한민국에서 법률을 제정하는 국가기관은?", "국회", "대법원 | 헌법재판소 | 감사원",
         "Article 40 of the constitution."),
    Item(("law", ""), "대한민국 민법에서 성년이 되는 나이는?", "19세", "17세 | 18세 | 21세", "Article 4 of the Civil Act.", 19),
    Item(("politics", ""), "대한민국 국회의원의 임기는?", "4년", "3년 | 5년 | 6년", "Article 42 of the constitution.", 4),
    Item(("politics", ""), "헌법 제1조에 따르면 대한민국의 주권은 누구에게 있는가?", "국민", "대통령 | 국회 | 법원",
         "Sovereignty resides in the people."),
    Item(("popular", ""), "아이돌 공연에서 팬들이 흔드는, 그룹마다 모양이 다른 응원 도구는?", "응원봉",
         "꽹과리 | 부채 | 호루라기", "A light stick is made for each group."),
    Item(("society", ""), "한국에서 불이 났을 때 신고하는 전화번호는?", "119", "112 | 114 | 131",
         "119 is for fire, 112 for police, 114 for numbers and 131 for weather.", 119),
    Item(("tradition", ""), "설날 아침에 웃어른께 드리는 절은?", "세배", "폐백 | 성묘 | 차례", "Sebae is the bow of the New Year."),
    Item(("tradition", ""), "추석에 빚어 먹는 떡은?", "송편", "가래떡 | 시루떡 | 인절미", "Songpyeon is made for Chuseok."),
    Item(("textual", WALK), "윗글의 내용과 같은 것은?", "민수는 지금 5km를 쉬지 않고 달린다.",
         "민수는 저녁에 공원을 달린다. | 민수는 10km 대회에 이미 나갔다. | 민수는 처음부터 5km를 달렸다. | "
         "민수는 달리기를 그만두었다.", "The second sentence says so."),
    Item(("textual", MARKET), "이번 달에 두 번째로 장이 서는 날은?", "7일", "4일 | 5일 | 12일 | 15일", "2 + 5 = 7.", 2 + 5),
    Item(("functional", ""), "친구가 “오늘 점심은 내가 살게.”라고 말했다. 어울리는 대답은?", "“고마워, 다음에는 내가 살게.”",
         "“아니, 점심은 열두 시야.” | “응, 어제 샀어.” | “괜찮아, 많이 팔렸어.”", "An offer is thanked for and returned."),
    Item(("grammar", ""), "맞춤법에 맞는 문장은?", "며칠 뒤에 봬요.", "몇일 뒤에 뵈요. | 며칠 뒤에 뵈요. | 몇일 뒤에 봬요.",
         "Spelling: 며칠, and 뵈어요 contracts to 봬요."),
]

# --- KoBALT: ten options in the question's text

DIALOGUE = "다음 대화에서 B가 실제로 전하려는 뜻은?\nA: 오늘 저녁에 영화 볼래?\nB: 내일 아침에 시험이 있어."

KOBALT = [
    Item(("Phonetics/Phonology", "음운 규칙", 1), "‘국물’의 표준 발음은?", "[궁물]",
         "[국물] | [굼물] | [군물] | [국뭉] | [궁문] | [구물] | [궁울] | [국눌] | [굴물]", "ㄱ before ㅁ is nasal."),
    Item(("Phonetics/Phonology", "음운 규칙", 1), "‘신라’의 표준 발음은?", "[실라]",
         "[신나] | [신라] | [실나] | [싱라] | [심라] | [시라] | [실아] | [신아] | [싱나]", "ㄴ beside ㄹ becomes ㄹ."),
    Item(("Phonetics/Phonology", "음운 규칙", 2), "‘좋다’의 표준 발음은?", "[조타]",
         "[조다] | [졷다] | [조따] | [존다] | [졸다] | [조하] | [좁다] | [종다] | [족다]", "ㅎ and ㄷ merge into ㅌ."),
    Item(("Morphology", "파생", 2), "‘먹이다’의 ‘-이-’가 하는 구실은?", "사동",
         "피동 | 높임 | 과거 시제 | 복수 | 부정 | 추측 | 명사화 | 부사화 | 감탄", "It makes to eat into to feed."),
    Item(("Morphology", "합성", 2), "다음 가운데 합성어는?", "밤낮",
         "풋사과 | 맨손 | 지우개 | 넓이 | 덮개 | 햇과일 | 하늘 | 나무 | 사랑",
         "밤 and 낮 are both words; the others are derived or simple."),
    Item(("Syntax", "문장 성분", 1), "‘철수가 영희에게 책을 주었다’에서 목적어는?", "책을",
         "철수가 | 영희에게 | 주었다 | 철수 | 영희 | 에게 | 가 | 주었 | 다", "을 marks the object."),
    Item(("Syntax", "태", 2), "다음 가운데 피동문은?", "문이 바람에 닫혔다.",
         "바람이 문을 닫았다. | 형이 동생을 울렸다. | 어머니가 아이에게 옷을 입혔다. | 눈이 많이 온다. | "
         "나는 어제 편지를 썼다. | 선생님께서 교실에 계신다. | 동생이 빨리 달린다. | 우리는 산에 올랐다. | 꽃이 참 예쁘다.",
         "닫히다 is the passive of 닫다; 울리다 and 입히다 are causatives."),
    Item(("Syntax", "안긴문장", 2), "‘나는 비가 오기를 바란다’에서 ‘비가 오기’는 어떤 절인가?", "명사절",
         "관형절 | 부사절 | 서술절 | 인용절 | 조건절 | 양보절 | 대등절 | 감탄절 | 의문절", "-기 makes a noun clause."),
    Item(("Semantics", "반의 관계", 1), "‘길다’의 반의어는?", "짧다",
         "좁다 | 낮다 | 얕다 | 가늘다 | 작다 | 얇다 | 가볍다 | 느리다 | 멀다", "Long and short."),
    Item(("Semantics", "상하 관계", 2), "‘꽃’의 하위어가 아닌 것은?", "소나무",
         "장미 | 튤립 | 국화 | 백합 | 해바라기 | 무궁화 | 진달래 | 개나리 | 코스모스", "A pine is a tree."),
    Item(("Semantics", "관용 표현", 2), "‘매우 가까운 거리’를 뜻하는 표현은?", "엎어지면 코 닿을 데",
         "발이 넓다 | 손이 크다 | 귀가 얇다 | 눈이 높다 | 입이 무겁다 | 배가 아프다 | 간이 크다 | 코가 높다 | 발을 끊다",
         "As near as one's nose after a fall."),
    Item(("Pragmatics", "함축", 2), DIALOGUE, "영화를 보러 가기 어렵다.",
         "영화가 재미없다. | 시험이 끝났다. | 영화표를 이미 샀다. | 내일 영화를 보겠다고 약속한다. | 시험 범위를 알고 싶다. | "
         "저녁을 먹고 싶다. | A가 시험을 보아야 한다. | 극장이 멀다. | 영화를 혼자 보겠다.", "The exam is a reason to decline."),
    Item(("Pragmatics", "높임", 1), "어른께 드릴 말씀으로 알맞은 것은?", "할아버지, 진지 드셨어요?",
         "할아버지, 밥 먹었어? | 할아버지, 진지 먹어. | 할아버지, 밥 드셔. | 할아버지, 밥 먹었니? | 할아버지, 밥 먹자. | "
         "할아버지, 식사 했냐? | 할아버지, 밥은 먹었나? | 할아버지, 진지 줄게. | 할아버지, 배고프냐?",
         "Both the noun and the verb must be honorific."),
]

# --- KMMLU: four options in columns, the answer a number from 1; five shots a category

HISTORY, COMPUTER, ECONOMICS = "Korean-History", "Computer-Science", "Economics"

KMMLU = [
    Item(HISTORY, "고구려의 시조로 전해지는 인물은?", "주몽", "온조 | 박혁거세 | 왕건", "Jumong, in the founding legend."),
    Item(HISTORY, "이순신이 명량 해전에서 싸운 전쟁은?", "정유재란", "병자호란 | 정묘호란 | 청일전쟁", "Myeongnyang was in 1597."),
    Item(HISTORY, "조선 시대에 임금의 잘못을 간하는 일을 맡은 기관은?", "사간원", "승정원 | 춘추관 | 성균관",
         "The Office of the Censor-General."),
    Item(HISTORY, "고려가 팔만대장경을 새긴 까닭으로 가장 알맞은 것은?", "부처의 힘으로 몽골군을 물리치려고",
         "유교를 널리 퍼뜨리려고 | 과거 시험의 교재로 쓰려고 | 다른 나라에 팔려고", "It was carved during the Mongol invasions."),
    Item(COMPUTER, "이진수 1011을 십진수로 나타내면?", "11", "9 | 13 | 15", "8 + 2 + 1 = 11.", int("1011", 2)),
    Item(COMPUTER, "나중에 넣은 자료가 먼저 나오는 자료 구조는?", "스택", "큐 | 연결 리스트 | 해시 테이블", "Last in, first out."),
    Item(COMPUTER, "정렬된 자료 1,023개에서 이진 탐색이 값을 비교하는 횟수의 최댓값은?", "10", "32 | 512 | 1023",
         "Each comparison halves 2^10 - 1 items.", (1023).bit_length()),
    Item(COMPUTER, "두 프로세스가 서로 상대가 가진 자원을 기다리며 멈춘 상태는?", "교착 상태",
         "문맥 교환 | 페이지 부재 | 인터럽트", "Deadlock."),
    Item(ECONOMICS, "명목금리가 5%이고 물가상승률이 3%일 때 실질금리의 근삿값은?", "2%", "8% | 15% | 1.5%", "5 - 3 = 2.", 5 - 3),
    Item(ECONOMICS, "소비자의 소득이 늘면 정상재의 수요는 어떻게 되는가?", "늘어난다",
         "줄어든다 | 변하지 않는다 | 먼저 줄고 나중에 늘어난다", "That is what a normal good is."),
    Item(ECONOMICS, "어떤 선택을 하려고 포기한 것 가운데 가장 가치가 큰 것은?", "기회비용", "매몰비용 | 고정비용 | 한계비용",
         "Opportunity cost."),
    Item(ECONOMICS, "한 나라 안에서 일정 기간에 생산된 최종 생산물의 시장가치를 모두 더한 것은?", "국내총생산",
         "국민순자산 | 경상수지 | 통화량", "GDP."),
]

KMMLU_DEV = [
    Item(HISTORY, "신라가 삼국을 통일할 때 손잡은 나라는?", "당", "송 | 원 | 명", "Tang was the ally of Silla."),
    Item(HISTORY, "백제의 시조로 전해지는 인물은?", "온조", "주몽 | 김수로 | 대조영", "Onjo, a son of Jumong."),
    Item(HISTORY, "1919년에 대한민국 임시정부가 들어선 도시는?", "상하이", "도쿄 | 파리 | 하얼빈", "Shanghai."),
    Item(HISTORY, "조선을 세운 사람은?", "이성계", "정도전 | 최영 | 정몽주", "Yi Seong-gye, in 1392."),
    Item(HISTORY, "고려 광종이 억울하게 노비가 된 사람을 풀어 준 제도는?", "노비안검법", "과전법 | 대동법 | 균역법", "In 956."),
    Item(COMPUTER, "8비트로 나타낼 수 있는 서로 다른 값의 개수는?", "256", "128 | 255 | 512", "2^8 = 256.", 2**8),
    Item(COMPUTER, "먼저 넣은 자료가 먼저 나오는 자료 구조는?", "큐", "스택 | 힙 | 트리", "First in, first out."),
    Item(COMPUTER, "HTTP 상태 코드 404의 뜻은?", "요청한 자원을 찾을 수 없음",
         "요청이 성공함 | 서버 내부 오류 | 자원이 옮겨짐", "Not found."),
    Item(COMPUTER, "십진수 10을 이진수로 나타내면?", "1010", "1001 | 1100 | 1110", "8 + 2 = 10.", int(f"{10:b}")),
    Item(COMPUTER, "관계형 데이터베이스에서 행 하나하나를 가려내는 속성은?", "기본 키", "외래 키 | 뷰 | 트리거", "The primary key."),
    Item(ECONOMICS, "공급이 그대로인데 수요가 늘면 균형가격은?", "오른다", "내린다 | 변하지 않는다 | 0이 된다",
         "The demand curve moves to the right."),
    Item(ECONOMICS, "물가가 지속적으로 오르는 현상은?", "인플레이션", "디플레이션 | 공황 | 경기 침체", "Inflation."),
    Item(ECONOMICS, "공급자가 하나뿐인 시장은?", "독점", "과점 | 완전경쟁 | 독점적 경쟁", "Monopoly."),
    Item(ECONOMICS, "100만 원을 연 5% 단리로 2년 맡겼을 때 받는 이자는?", "10만 원", "5만 원 | 15만 원 | 20만 원",
         "100 x 0.05 x 2 = 10.", 100 * 5 * 2 / 100),
    Item(ECONOMICS, "환율이 1달러에 1,200원에서 1,300원으로 오르면 원화의 가치는?", "떨어진다",
         "오른다 | 변하지 않는다 | 두 배가 된다", "A dollar costs more won."),
]

# --- KMMLU-Redux: four options in a list, the answer a number from 1

KMMLU_REDUX = [
    Item("전기·전자", "4Ω과 6Ω인 저항을 직렬로 연결했을 때 합성저항은?", "10Ω", "2.4Ω | 5Ω | 24Ω", "4 + 6 = 10.", 4 + 6),
    Item("전기·전자", "100V 전원에 20Ω인 저항을 연결했을 때 흐르는 전류는?", "5A", "2A | 20A | 50A", "100 / 20 = 5.", 100 / 20),
    Item("전기·전자", "전력의 단위는?", "와트(W)", "볼트(V) | 옴(Ω) | 헨리(H)", "One watt is one joule a second."),
    Item("정보통신", "표의 구조를 새로 만드는 SQL 명령은?", "CREATE", "SELECT | UPDATE | GRANT", "CREATE TABLE."),
    Item("정보통신", "IPv4 주소의 길이는?", "32비트", "16비트 | 64비트 | 128비트", "Four bytes.", 4 * 8),
    Item("정보통신", "소프트웨어 시험 가운데 내부 코드의 구조를 보고 사례를 설계하는 것은?", "화이트박스 시험",
         "블랙박스 시험 | 알파 시험 | 베타 시험", "White-box testing looks inside."),
    Item("건설", "콘크리트의 주재료가 아닌 것은?", "아스팔트", "시멘트 | 물 | 골재", "Concrete is cement, water and aggregate."),
    Item("건설", "단순보의 한가운데에 집중하중 P가 작용할 때 한쪽 지점의 반력은?", "P/2", "P/4 | P | 2P",
         "The two supports share the load equally."),
    Item("기계", "회전운동을 직선운동으로 바꾸는 기계요소는?", "래크와 피니언", "평벨트 | 베어링 | 스프링 와셔",
         "A pinion moves a rack along."),
    Item("기계", "강을 달군 뒤 급히 식혀 단단하게 하는 열처리는?", "담금질", "풀림 | 뜨임 | 불림", "Quenching hardens."),
    Item("안전관리", "하인리히의 1 : 29 : 300 법칙에서 300이 뜻하는 것은?", "무상해 사고", "사망 | 중상 | 경상",
         "One major, 29 minor and 300 without injury."),
    Item("환경·에너지", "물속 유기물을 미생물이 분해하는 데 드는 산소의 양을 나타내는 지표는?", "BOD", "SS | pH | 탁도",
         "Biochemical oxygen demand."),
]

# --- HAE-RAE Bench: question and options in one text, the options again as a list, the answer a letter in parentheses

LIBRARY = ("다음 글을 읽고 물음에 답하시오.\n이 도서관은 화요일부터 금요일까지는 저녁 8시에, 주말에는 저녁 5시에 닫는다. "
           "월요일에는 열지 않는다.\n도서관이 토요일에 닫는 시각은?")

HAE_RAE = [
    Item("correct_definition_matching", "‘시나브로’의 뜻은?", "모르는 사이에 조금씩",
         "갑자기 한꺼번에 | 아주 시끄럽게 | 처음부터 다시 | 남몰래 서둘러", "The standard dictionary."),
    Item("csat_geo", "우리나라 동해안의 특징은?", "해안선이 단조롭다",
         "조차가 매우 크다 | 넓은 갯벌이 이어진다 | 섬이 가장 많다 | 리아스 해안이 발달하였다",
         "The others belong to the western and southern coasts."),
    Item("csat_law", "대한민국의 최고 법원은?", "대법원", "고등법원 | 지방법원 | 가정법원 | 행정법원", "Article 101 of the constitution."),
    Item("csat_socio", "개인이 자기가 속한 사회의 생활 양식을 익히는 과정은?", "사회화",
         "사회 이동 | 계층화 | 문화 지체 | 아노미", "Socialisation."),
    Item("date_understanding", "오늘은 2024년 2월 28일이다. 이틀 뒤는?", "2024년 3월 1일",
         "2024년 2월 29일 | 2024년 2월 30일 | 2024년 3월 2일 | 2024년 3월 3일", "2024 is a leap year."),
    Item("general_knowledge", "태극기 네 모서리에 있는 괘를 통틀어 이르는 말은?", "건곤감리",
         "음양오행 | 사군자 | 사신도 | 십장생", "Heaven, earth, water and fire."),
    Item("history", "조선 시대에 백성이 억울한 일을 알리려고 치던 북은?", "신문고",
         "자격루 | 앙부일구 | 측우기 | 혼천의", "The others are instruments of measurement."),
    Item("loan_words", "‘robot’을 외래어 표기법에 맞게 적은 것은?", "로봇", "로보트 | 로벗 | 로보뜨 | 로붓", "The rules of loan words."),
    Item("lyrics_denoising", "민요 ‘아리랑’의 빈칸에 들어갈 말은?\n아리랑 아리랑 아라리요\n아리랑 (   )로 넘어간다", "고개",
         "나루 | 바다 | 다리 | 거리", "A folk song of unknown author."),
    Item("proverbs_denoising", "속담의 빈칸에 들어갈 말은?\n낮말은 새가 듣고 밤말은 (   )가 듣는다", "쥐",
         "개 | 소 | 여우 | 고양이", "Walls have ears."),
    Item("rare_words", "‘미주알고주알’의 뜻은?", "아주 사소한 것까지 속속들이",
         "여기저기 흩어져서 | 매우 빠르게 | 마지못해 겨우 | 서로 어긋나게", "The standard dictionary."),
    Item("standard_nomenclature", "‘시말서’를 다듬은 말은?", "경위서", "이력서 | 계약서 | 신청서 | 증명서",
         "The list of purified terms."),
    Item("reading_comprehension", LIBRARY, "저녁 5시", "저녁 6시 | 저녁 8시 | 아침 9시 | 열지 않는다", "Saturday is of the weekend."),
]

# --- KorMedMCQA: five options in columns, the answer a number from 1

KORMEDMCQA = [
    Item("doctor", "성인의 정상 동맥혈 pH 범위는?", "7.35~7.45", "6.85~6.95 | 7.00~7.10 | 7.60~7.70 | 7.80~7.90",
         "Below is acidaemia, above alkalaemia."),
    Item("doctor", "당뇨병케토산증에서 나타나는 깊고 빠른 호흡은?", "쿠스마울 호흡",
         "체인-스토크스 호흡 | 비오 호흡 | 앉아숨쉬기 | 지속흡입 호흡", "Kussmaul breathing blows off carbon dioxide."),
    Item("doctor", "아나필락시스 환자에게 가장 먼저 투여할 약물은?", "에피네프린",
         "항히스타민제 | 스테로이드 | 아미노필린 | 도파민", "Intramuscular epinephrine is the first treatment."),
    Item("nurse", "수혈을 시작한 직후 환자에게 오한과 발열이 나타났다. 가장 먼저 할 일은?", "수혈을 멈춘다",
         "주입 속도를 높인다 | 해열제를 준 뒤 계속한다 | 따뜻한 물을 먹인다 | 15분 더 지켜본다", "A reaction ends the transfusion at once."),
    Item("nurse", "욕창을 예방하려고 누워 있는 환자의 체위를 바꾸는 일반적인 간격은?", "2시간",
         "6시간 | 8시간 | 12시간 | 24시간", "Every two hours."),
    Item("nurse", "생리식염수 1,000mL를 8시간 동안 주입할 때 시간당 주입량은?", "125mL",
         "80mL | 100mL | 150mL | 200mL", "1000 / 8 = 125.", 1000 / 8),
    Item("pharm", "마른기침이 대표적인 부작용인 약물군은?", "안지오텐신전환효소 억제제",
         "베타 차단제 | 칼슘통로 차단제 | 티아지드 이뇨제 | 알파 차단제", "Bradykinin gathers in the lungs."),
    Item("pharm", "1차 반응으로 소실되는 약물의 농도가 6시간 동안 80mg/L에서 10mg/L로 줄었다. 반감기는?", "2시간",
         "1시간 | 3시간 | 4시간 | 6시간", "80, 40, 20, 10: three half-lives in six hours.", 6 / 3),
    Item("pharm", "빛에 약한 의약품을 담기에 알맞은 용기는?", "차광 용기",
         "투명 유리병 | 종이 봉투 | 금속망 용기 | 나무 상자", "Light must be kept out."),
    Item("dentist", "성인의 영구치는 사랑니를 포함하여 모두 몇 개인가?", "32개", "20개 | 24개 | 28개 | 36개",
         "Eight in each quarter.", 4 * 8),
    Item("dentist", "치관의 가장 바깥을 덮는 단단한 조직은?", "법랑질", "상아질 | 백악질 | 치수 | 치조골", "Enamel."),
    Item("dentist", "치아우식증을 일으키는 대표적인 세균은?", "뮤탄스 연쇄알균",
         "헬리코박터 파일로리 | 결핵균 | 대장균 | 황색포도알균", "Streptococcus mutans makes acid of sugar."),
]


def placed(items, num_options, seed):
    """Items with their options in order and the place of the right one; the letters are used evenly."""
    rng = random.Random(seed)
    counts = [len(item.wrong) + 1 for item in items]
    rows = []
    for item, position in zip(items, gold_positions(counts, seed + 1)):
        check_item(item, num_options)
        options = arrange(item, position, rng)
        assert options[position] == item.right
        rows.append((item, options, position))
    assert len({item.question + str(item.group) for item in items}) == len(items)
    used = [sum(position == k for _, _, position in rows) for k in range(min(counts))]
    assert max(used) - min(used) <= 2, used
    return rows


def lettered(options, mark):
    return "\n".join(mark.format(letter) + " " + option for letter, option in zip(LETTERS, options))


def click():
    return [{"id": f"mini_{item.group[0]}_{i + 1}", "paragraph": item.group[1], "question": item.question,
             "choices": options, "answer": item.right}
            for i, (item, options, _) in enumerate(placed(CLICK, {4, 5}, 31))]


def kobalt():
    return [{"ID": f"mini-{i + 1:02}", "Class": item.group[0], "Subclass": item.group[1],
             "Question": item.question + "\n\n" + lettered(options, "{}:"), "Answer": LETTERS[position],
             "Level": item.group[2], "Sampling_YN": 0}
            for i, (item, options, position) in enumerate(placed(KOBALT, {10}, 41))]


def kmmlu(items, seed):
    return [{"question": item.question, "answer": position + 1, **dict(zip(LETTERS, options)), "Category": item.group,
             "Human Accuracy": None}
            for item, options, position in placed(items, {4}, seed)]


def kmmlu_redux():
    return [{"question": item.question, "options": options, "solution": str(position + 1), "category": item.group}
            for item, options, position in placed(KMMLU_REDUX, {4}, 61)]


def hae_rae():
    return [{"query": item.question + "\n### 선택지:\n" + lettered(options, "({})") + "\n### 정답",
             "options": repr(options), "answer": f"({LETTERS[position]})", "part": item.group}
            for item, options, position in placed(HAE_RAE, {5}, 71)]


def kormedmcqa():
    return [{"subject": item.group, "profession": item.group, "year": 2024, "period": 1, "q_number": i + 1, "question": item.question,
             **dict(zip(LETTERS, options)), "answer": position + 1, "cot": ""}
            for i, (item, options, position) in enumerate(placed(KORMEDMCQA, {5}, 81))]


def main():
    files = {
        "click/test.jsonl": click(),
        "kobalt/test.jsonl": kobalt(),
        "kmmlu/test.jsonl": kmmlu(KMMLU, 51),
        "kmmlu/dev.jsonl": kmmlu(KMMLU_DEV, 53),
        "kmmlu_redux/test.jsonl": kmmlu_redux(),
        "hae_rae/test.jsonl": hae_rae(),
        "kormedmcqa/test.jsonl": kormedmcqa(),
    }
    here = pathlib.Path(__file__).parent
    for name, rows in files.items():
        (here / name).parent.mkdir(exist_ok=True)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (here / name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
