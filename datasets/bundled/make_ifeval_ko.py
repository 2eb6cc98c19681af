#!/usr/bin/env python3
"""Builds ifeval_ko/test.jsonl, prompts with instructions that a program checks, and ifeval_ko/replies.jsonl, one reply
to each that follows all of them. The checks are the program's own (harness/scorers/instruction_rules.cc): its tests hold
them to these replies. Every kind of instruction that IFEval-Ko has stands in one prompt at least.
"""

import json
import pathlib

# What a row of the published set has for every instruction, null where it does not belong to it.
PARAMETERS = [
    "capital_frequency", "capital_relation", "end_phrase", "first_word", "forbidden_words", "frequency", "keyword",
    "keywords", "language", "let_frequency", "let_relation", "letter", "nth_paragraph", "num_bullets", "num_highlights",
    "num_paragraphs", "num_placeholders", "num_sections", "num_sentences", "num_words", "postscript_marker",
    "prompt_to_repeat", "relation", "section_spliter"]

POEM = "가을 하늘을 한 문장으로 묘사하세요."

# prompt, [(instruction, parameters)], a reply that follows
ITEMS = [
    ("김치찌개를 처음 끓이는 사람에게 순서를 알려 주세요. 답변에 쉼표를 쓰지 말고 ‘멸치’와 ‘두부’라는 낱말을 꼭 넣으세요.",
     [("punctuation:no_comma", {}), ("keywords:existence", {"keywords": ["멸치", "두부"]})],
     "먼저 멸치로 국물을 우려냅니다. 국물이 끓으면 김치를 넣고 10분 동안 더 끓입니다. 마지막에 두부를 썰어 넣고 간을 맞춥니다."),
    ("우리 동네 도서관을 소개하는 글을 쓰세요. 글머리표는 정확히 3개여야 하며 다음처럼 별표로 시작해야 합니다:\n* 첫째 항목\n* 둘째 항목",
     [("detectable_format:number_bullet_lists", {"num_bullets": 3})],
     "우리 동네 도서관을 소개합니다.\n* 아침 9시에 문을 엽니다.\n* 한 번에 책을 다섯 권까지 빌릴 수 있습니다.\n* 토요일에는 동화 읽기 모임이 있습니다."),
    ("여행 계획을 세우는 친구에게 보낼 편지를 쓰세요. 제목은 <<여름 여행>>처럼 두 겹의 홑화살괄호로 감싸고, 편지 끝에는 "
     "P.S.로 시작하는 추신을 붙이세요.",
     [("detectable_format:title", {}), ("detectable_content:postscript", {"postscript_marker": "P.S."})],
     "<<여름 여행>>\n\n지우에게\n\n올여름에는 강릉 바다를 보러 가자. 기차표는 내가 알아볼게.\n\nP.S. 수영복을 꼭 챙겨!"),
    ("운동을 시작하려는 회사원에게 조언해 주세요. 답변은 ***로 나눈 세 문단이어야 합니다.",
     [("length_constraints:number_paragraphs", {"num_paragraphs": 3})],
     "무리하지 않는 목표를 세우세요. 일주일에 두 번이면 충분합니다.\n***\n걷기부터 시작하세요. 몸이 풀리면 달리기로 넘어가세요.\n***\n"
     "기록을 남기세요. 작은 변화가 힘이 됩니다."),
    ("고양이를 입양하려는 사람이 준비할 것을 JSON 형식으로만 답하세요. 마크다운 표시는 써도 됩니다.",
     [("detectable_format:json_format", {})],
     "```json\n{\"준비물\": [\"화장실\", \"사료\", \"이동장\"], \"예산\": 300000}\n```"),
    ("새로 여는 빵집의 홍보 문구를 쓰세요. 나중에 채울 자리 두 곳 이상을 [주소]처럼 대괄호로 표시하고, 강조할 구절 두 곳 이상을 "
     "*이렇게* 별표로 감싸세요.",
     [("detectable_content:number_placeholders", {"num_placeholders": 2}),
      ("detectable_format:number_highlighted_sections", {"num_highlights": 2})],
     "*갓 구운 빵*이 아침 7시에 나옵니다. [주소]로 오시면 *따뜻한 커피*를 함께 드립니다. 문의는 [전화번호]로 해 주세요."),
    ("감기에 걸렸을 때 집에서 할 수 있는 일을 설명하세요. 답변은 다섯 문장 이상이어야 하고 ‘병원’이라는 낱말이 두 번 이상 나와야 합니다.",
     [("length_constraints:number_sentences", {"num_sentences": 5, "relation": "at least"}),
      ("keywords:frequency", {"keyword": "병원", "frequency": 2, "relation": "at least"})],
     "물을 자주 마시세요. 방 안의 습도를 높이세요. 충분히 주무세요. 열이 사흘 넘게 이어지면 병원에 가세요. 숨쉬기가 힘들면 바로 병원에 가야 합니다."),
    ("제주도의 봄을 설명하세요. ‘아름답다’와 ‘유명하다’라는 낱말은 쓰지 마세요. 답변은 30어절 미만이어야 합니다.",
     [("keywords:forbidden_words", {"forbidden_words": ["아름답다", "유명하다"]}),
      ("length_constraints:number_words", {"num_words": 30, "relation": "less than"})],
     "봄이 오면 제주도에는 유채꽃이 들판을 노랗게 덮습니다. 바람은 부드럽고 바다는 옅은 푸른빛을 띱니다."),
    ("이사하는 날 할 일을 섹션 세 개 이상으로 나누어 정리하세요. 섹션마다 ‘섹션 1’처럼 번호를 붙이세요.",
     [("detectable_format:multiple_sections", {"section_spliter": "섹션", "num_sections": 3})],
     "섹션 1\n짐을 싸고 상자에 이름을 적습니다.\n\n섹션 2\n가스와 전기를 정산합니다.\n\n섹션 3\n새집을 청소하고 짐을 풉니다."),
    ("면접을 앞둔 사람을 격려하는 글을 쓰세요. 마지막은 반드시 ‘당신을 응원합니다.’로 끝나야 하며 그 뒤에 다른 말이 있으면 안 됩니다.",
     [("startend:end_checker", {"end_phrase": "당신을 응원합니다."})],
     "오랫동안 준비한 만큼 떨리는 것은 당연합니다. 천천히 숨을 고르고 아는 것부터 말해 보세요. 당신을 응원합니다."),
    ("물가가 오르는 까닭을 설명하되 답변 전체를 큰따옴표로 감싸세요.",
     [("startend:quotation", {})],
     "\"수요가 공급보다 빠르게 늘면 물가가 오릅니다. 원유처럼 여러 물건의 재료가 되는 것의 값이 올라도 물가가 오릅니다.\""),
    ("점심으로 무엇을 먹으면 좋을지 서로 다른 답변 두 가지를 제시하세요. 두 답변 사이는 별표 여섯 개(******)로만 나누세요.",
     [("combination:two_responses", {})],
     "날이 더우니 시원한 냉면이 좋겠습니다.\n******\n든든하게 드시려면 비빔밥을 권합니다."),
    (f"먼저 다음 요청을 한 글자도 바꾸지 말고 그대로 옮긴 다음 답하세요. 요청: {POEM}",
     [("combination:repeat_prompt", {"prompt_to_repeat": POEM})],
     f"{POEM}\n\n구름 한 점 없는 가을 하늘이 유리처럼 맑고 높다."),
    ("환경을 지키는 방법을 세 문단으로 쓰세요. 문단은 빈 줄 하나로 나누고, 두 번째 문단은 ‘또한’이라는 낱말로 시작해야 합니다.",
     [("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "또한"})],
     "가까운 거리는 걸어 다니세요.\n\n또한 물건을 오래 쓰세요. 고쳐 쓰면 쓰레기가 줄어듭니다.\n\n마지막으로 전등을 끄는 습관을 들이세요."),
    ("15는 소수입니까? 다음 중 하나로 답하세요: “제 답은 예입니다.”, “제 답은 아니요입니다.”, “제 답은 아마도입니다.” "
     "답변은 모두 한국어여야 합니다.",
     [("detectable_format:constrained_response", {}), ("language:response_language", {"language": "ko"})],
     "제 답은 아니요입니다."),
]


def main():
    rows, replies = [], []
    for i, (prompt, instructions, reply) in enumerate(ITEMS):
        rows.append({"key": 1001 + i, "prompt": prompt, "instruction_id_list": [name for name, _ in instructions],
                     "kwargs": [{p: given.get(p) for p in PARAMETERS} for _, given in instructions]})
        for _, given in instructions:
            assert set(given) <= set(PARAMETERS), given
        replies.append({"id": str(1001 + i), "reply": reply})
    assert len({row["prompt"] for row in rows}) == len(rows)
    out = pathlib.Path(__file__).parent / "ifeval_ko"
    out.mkdir(exist_ok=True)
    for name, items in (("test.jsonl", rows), ("replies.jsonl", replies)):
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        (out / name).write_text(text, encoding="utf-8")
        print(f"ifeval_ko/{name}: {len(items)} rows")


if __name__ == "__main__":
    main()
