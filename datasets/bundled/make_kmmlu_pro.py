#!/usr/bin/env python3
"""Builds kmmlu_pro/test.jsonl and checks it.

Only what does not change with the year is asked: definitions, principles, arithmetic, rules of the constitution and of
the codes that have stood for decades. Every item carries its reason; a numeric one also the computation of its gold.
"""

import json
import pathlib
import random

from multiple_choice import Item, arrange, check_item, gold_positions

# The damage adjuster's examination has four options a question, the others have five.
NUM_OPTIONS = {"손해사정사": 4}

CPA, TAX, PHYSICIAN, PHARMACIST = "공인회계사", "세무사", "의사", "약사"
SCRIVENER, APPRAISER, ADJUSTER, LABOUR = "법무사", "감정평가사", "손해사정사", "공인노무사"

ITEMS = [
    # 공인회계사
    Item((CPA, "회계학"), "기초재고 100원, 당기매입 500원, 기말재고 150원일 때 매출원가는?", "450원",
         "350원 | 550원 | 650원 | 750원", "100 + 500 - 150 = 450.", 100 + 500 - 150),
    Item((CPA, "회계학"), "취득원가 1,000원, 잔존가치 100원, 내용연수 3년인 기계의 정액법 연간 감가상각비는?", "300원",
         "100원 | 333원 | 367원 | 900원", "(1000 - 100) / 3 = 300.", (1000 - 100) / 3),
    Item((CPA, "회계학"), "유동자산이 600원이고 유동부채가 300원일 때 유동비율은?", "200%",
         "50% | 100% | 150% | 300%", "600 / 300 = 200%.", 100 * 600 / 300),
    Item((CPA, "경제원론"), "완전경쟁기업이 이윤을 극대화하는 조건은?", "가격 = 한계비용",
         "가격 = 고정비용 | 가격 = 총비용 | 가격 = 총수입 | 가격 = 매몰비용",
         "Marginal revenue is the price, so P = MC."),
    Item((CPA, "경제원론"), "수요의 가격탄력성이 1보다 클 때 가격을 올리면 총수입은?", "감소한다",
         "증가한다 | 변하지 않는다 | 두 배가 된다 | 가격과 같아진다", "Quantity falls by more than the price rises."),
    Item((CPA, "경제원론"), "한계소비성향이 0.8인 단순한 모형에서 정부지출승수는?", "5",
         "0.8 | 1.25 | 4 | 8", "1 / (1 - 0.8) = 5.", round(1 / (1 - 0.8), 9)),
    Item((CPA, "경영학"), "포터의 본원적 경쟁전략에 속하는 것은?", "차별화 전략",
         "다각화 전략 | 철수 전략 | 합병 전략 | 수출 전략", "Cost leadership, differentiation and focus."),
    Item((CPA, "경영학"), "BCG 매트릭스에서 시장성장률과 상대적 시장점유율이 모두 높은 사업은?", "스타",
         "개 | 물음표 | 현금젖소 | 코끼리", "High growth and high share is a star."),
    # 세무사
    Item((TAX, "회계학개론"), "자산에 속하는 것을 모두 고른 것은?\nㄱ. 현금\nㄴ. 차입금\nㄷ. 재고자산", "ㄱ, ㄷ",
         "ㄱ | ㄴ | ㄱ, ㄴ | ㄴ, ㄷ", "Cash and stock are assets, a loan taken is a liability."),
    Item((TAX, "회계학개론"), "단위당 판매가격 50원, 단위당 변동비 30원, 고정비 2,000원일 때 손익분기점 판매량은?", "100개",
         "25개 | 40개 | 67개 | 200개", "2000 / (50 - 30) = 100.", 2000 / (50 - 30)),
    Item((TAX, "회계학개론"), "복식부기에서 차변에 적는 것은?", "자산의 증가",
         "부채의 증가 | 자본의 증가 | 수익의 발생 | 자산의 감소", "Assets and expenses grow on the debit side."),
    Item((TAX, "재정학"), "공공재의 두 가지 특성은?", "비경합성과 비배제성",
         "경합성과 배제성 | 경합성과 비배제성 | 비경합성과 배제성 | 희소성과 배제성",
         "Nobody is excluded and use does not compete."),
    Item((TAX, "재정학"), "오염 같은 외부불경제를 바로잡으려고 매기는 세금은?", "피구세",
         "인두세 | 상속세 | 인지세 | 부유세", "Pigou proposed a tax equal to the marginal damage."),
    Item((TAX, "재정학"), "과세표준이 커질수록 높은 세율을 적용하는 세금은?", "누진세",
         "비례세 | 역진세 | 인두세 | 정액세", "A progressive rate rises with the base."),
    Item((TAX, "세법학개론"), "다음 중 간접세는?", "부가가치세",
         "소득세 | 법인세 | 상속세 | 증여세", "Value added tax is paid by the seller and borne by the buyer."),
    Item((TAX, "세법학개론"), "다음 중 지방세는?", "재산세",
         "소득세 | 법인세 | 부가가치세 | 상속세", "Property tax goes to local government."),
    # 의사
    Item((PHYSICIAN, "의학총론"), "성인의 안정 시 정상 심박수는?", "60~100회/분",
         "10~20회/분 | 25~45회/분 | 120~150회/분 | 160~200회/분", "Below 60 is bradycardia, above 100 tachycardia."),
    Item((PHYSICIAN, "의학총론"), "심전도의 P파가 나타내는 것은?", "심방 탈분극",
         "심방 재분극 | 심실 탈분극 | 심실 재분극 | 방실결절 차단", "P is atrial depolarisation, QRS ventricular."),
    Item((PHYSICIAN, "의학총론"), "폐에서 가스교환이 일어나는 곳은?", "폐포",
         "기관 | 후두 | 인두 | 주기관지", "Gas passes the alveolar wall."),
    Item((PHYSICIAN, "의학총론"), "ABO·Rh 혈액형에서 적혈구를 누구에게나 줄 수 있는 만능공여자는?", "O형 Rh 음성",
         "A형 Rh 양성 | B형 Rh 음성 | AB형 Rh 양성 | AB형 Rh 음성", "O negative red cells carry no A, B or D antigen."),
    Item((PHYSICIAN, "의학각론"), "갑상샘호르몬이 지나치게 많아지는 병은?", "그레이브스병",
         "애디슨병 | 쿠싱증후군 | 요붕증 | 말단비대증", "Antibodies stimulate the TSH receptor."),
    Item((PHYSICIAN, "의학각론"), "1형 당뇨병의 기본 치료제는?", "인슐린",
         "아스피린 | 페니실린 | 와파린 | 모르핀", "Type 1 diabetes lacks insulin."),
    Item((PHYSICIAN, "의학각론"), "세균성 수막염을 확진하는 데 가장 중요한 검사는?", "뇌척수액검사",
         "소변검사 | 대변검사 | 심전도검사 | 폐기능검사", "The pathogen is found in cerebrospinal fluid."),
    Item((PHYSICIAN, "의학각론"), "급성 충수염에서 압통이 전형적으로 나타나는 곳은?", "우하복부",
         "좌상복부 | 좌하복부 | 명치 | 왼쪽 옆구리", "McBurney's point is in the right lower quadrant."),
    # 약사
    Item((PHARMACIST, "생명약학"), "페니실린의 작용 기전은?", "세포벽 합성 억제",
         "단백질 합성 억제 | DNA 합성 억제 | 엽산 합성 억제 | 지질 분해 촉진", "Beta-lactams block transpeptidation."),
    Item((PHARMACIST, "생명약학"), "아스피린이 억제하는 효소는?", "사이클로옥시게나제",
         "아밀라아제 | 펩신 | 락테이스 | 카탈라아제", "Aspirin acetylates cyclooxygenase."),
    Item((PHARMACIST, "생명약학"), "와파린의 항응고 작용을 되돌리는 비타민은?", "비타민 K",
         "비타민 A | 비타민 B1 | 비타민 C | 비타민 D", "Warfarin blocks the recycling of vitamin K."),
    Item((PHARMACIST, "산업약학"), "반감기가 4시간인 약물이 1차 반응으로 소실될 때 8시간 뒤 남는 양은?", "25%",
         "0% | 12.5% | 50% | 75%", "Two half-lives leave a quarter.", 100 * 0.5**(8 / 4)),
    Item((PHARMACIST, "산업약학"), "위에서는 녹지 않고 장에서 녹도록 만든 정제는?", "장용정",
         "발포정 | 설하정 | 저작정 | 질정", "An enteric coat dissolves above pH 5."),
    Item((PHARMACIST, "임상·실무약학"), "아세트아미노펜 과량 복용의 해독제는?", "아세틸시스테인",
         "날록손 | 아트로핀 | 플루마제닐 | 비타민 C", "Acetylcysteine restores glutathione."),
    Item((PHARMACIST, "임상·실무약학"), "시럽 5 mL를 하루 3번 7일 동안 먹일 때 필요한 총량은?", "105 mL",
         "35 mL | 75 mL | 84 mL | 150 mL", "5 x 3 x 7 = 105.", 5 * 3 * 7),
    Item((PHARMACIST, "임상·실무약학"), "처방 약어 t.i.d.의 뜻은?", "하루 세 번",
         "하루 한 번 | 하루 두 번 | 하루 네 번 | 자기 전 한 번", "Ter in die is three times a day."),
    # 법무사
    Item((SCRIVENER, "헌법"), "헌법이 정한 대통령의 임기는?", "5년", "3년 | 4년 | 6년 | 7년",
         "Article 70 of the 1987 constitution.", 5),
    Item((SCRIVENER, "헌법"), "헌법재판소 재판관은 모두 몇 명인가?", "9명", "5명 | 7명 | 12명 | 15명",
         "Article 111 of the constitution.", 9),
    Item((SCRIVENER, "헌법"), "헌법이 국민의 의무로 정하지 않은 것은?", "투표",
         "납세 | 국방 | 근로 | 자녀 교육", "Articles 31, 32, 38 and 39 list the others; voting is a right."),
    Item((SCRIVENER, "민법"), "의사무능력자가 한 법률행위의 효력은?", "무효",
         "유효 | 취소할 수 있음 | 추인이 있어야 취소됨 | 법원 허가로 유효", "Without mental capacity there is no act."),
    Item((SCRIVENER, "민법"), "동산 물권을 법률행위로 양도할 때 필요한 것은?", "인도",
         "등기 | 공증 | 신고 | 경매", "Article 188 of the Civil Act: delivery."),
    Item((SCRIVENER, "민법"), "사기로 한 의사표시의 당사자 사이 효력은?", "취소할 수 있다",
         "처음부터 무효이다 | 언제나 유효하다 | 법원만 무효로 할 수 있다 | 1년이 지나야 유효하다",
         "Article 110 of the Civil Act: voidable."),
    Item((SCRIVENER, "민법"), "부동산 소유권을 매매로 넘길 때 효력이 생기는 요건은?", "등기",
         "인도 | 구두 약속 | 신문 공고 | 열쇠 교부", "Article 186 of the Civil Act: registration."),
    # 감정평가사
    Item((APPRAISER, "경제학원론"), "X재 가격이 오르자 Y재 수요가 늘었다. 두 재화의 관계는?", "대체재",
         "보완재 | 독립재 | 열등재 | 공공재", "A positive cross elasticity means substitutes."),
    Item((APPRAISER, "경제학원론"), "무차별곡선 기울기의 절댓값은?", "한계대체율",
         "한계비용 | 평균수입 | 한계생산 | 가격탄력성", "It is the rate at which one good replaces another."),
    Item((APPRAISER, "경제학원론"), "수요 Q = 100 - 2P, 공급 Q = 3P일 때 균형가격은?", "20",
         "10 | 25 | 50 | 60", "100 - 2P = 3P gives P = 20.", 100 / (2 + 3)),
    Item((APPRAISER, "부동산학원론"), "순영업소득 500만원, 환원율 5%일 때 수익가치는?", "1억원",
         "2,500만원 | 5,000만원 | 2억원 | 5억원", "500 / 0.05 = 10,000 (unit 10,000 won), that is 1억."),
    Item((APPRAISER, "부동산학원론"), "토지의 인문적 특성에 속하는 것은?", "용도의 다양성",
         "부동성 | 영속성 | 부증성 | 개별성", "The other four are physical traits."),
    Item((APPRAISER, "부동산학원론"), "감정평가의 비교방식이 바탕으로 삼는 것은?", "시장성",
         "비용성 | 수익성 | 공공성 | 희소성", "Comparison rests on what the market pays."),
    Item((APPRAISER, "부동산학원론"), "담보가치 4억원인 집을 맡기고 2억 4천만원을 빌렸다. 담보인정비율(LTV)은?", "60%",
         "24% | 40% | 64% | 167%", "2.4 / 4 = 60%.", round(100 * 2.4 / 4, 9)),
    # 손해사정사
    Item((ADJUSTER, "보험계약법"), "손해보험에서 보험의 목적에 대해 갖는 경제적 이해관계는?", "피보험이익",
         "보험료 | 보험금 | 해지환급금", "The insurable interest is what the policy covers."),
    Item((ADJUSTER, "보험계약법"), "보험료를 낼 의무가 있는 사람은?", "보험계약자",
         "보험자 | 보험설계사 | 손해사정사", "The policyholder is the party that owes the premium."),
    Item((ADJUSTER, "보험계약법"), "보험증권을 작성하여 교부하는 사람은?", "보험자",
         "보험계약자 | 피보험자 | 보험수익자", "Article 640 of the Commercial Act: the insurer."),
    Item((ADJUSTER, "보험계약법"), "보험금을 준 보험자가 가해자에 대한 권리를 얻는 제도는?", "보험자대위",
         "재보험 | 공동보험 | 보험위부", "Subrogation gives the insurer the claim."),
    Item((ADJUSTER, "손해사정이론"), "보험가액 1,000원, 보험금액 500원인 일부보험에서 손해가 400원이면 비례보상액은?", "200원",
         "100원 | 400원 | 500원", "400 x 500 / 1000 = 200.", 400 * 500 / 1000),
    Item((ADJUSTER, "손해사정이론"), "보험금액이 보험가액보다 현저히 큰 보험은?", "초과보험",
         "일부보험 | 전부보험 | 재보험", "Over-insurance exceeds the value."),
    Item((ADJUSTER, "손해사정이론"), "같은 위험이 많이 모일수록 손해율 예측이 정확해지는 원리는?", "대수의 법칙",
         "이득금지 원칙 | 신의성실 원칙 | 근인주의", "The law of large numbers."),
    # 공인노무사
    Item((LABOUR, "노동법"), "헌법이 정한 근로3권에 속하는 것은?", "단체행동권",
         "청원권 | 선거권 | 재산권 | 환경권", "Association, bargaining and collective action."),
    Item((LABOUR, "노동법"), "사용자가 근로의 대가로 근로자에게 주는 모든 금품은?", "임금",
         "배당 | 이자 | 지대 | 위자료", "The Labour Standards Act calls it wage."),
    Item((LABOUR, "노동법"), "노동조합과 사용자가 근로조건에 관해 맺는 서면 합의는?", "단체협약",
         "취업규칙 | 근로계약 | 정관 | 사직서", "A collective agreement is made by union and employer."),
    Item((LABOUR, "경영학개론"), "과학적 관리법을 주장한 사람은?", "테일러",
         "메이요 | 매슬로 | 베버 | 파욜", "Taylor studied times and motions."),
    Item((LABOUR, "경영학개론"), "허즈버그의 2요인 이론에서 위생요인은?", "급여",
         "성취감 | 인정 | 책임 | 성장", "Pay prevents discontent but does not motivate."),
    Item((LABOUR, "사회보험법"), "업무상 재해를 보상하는 사회보험은?", "산업재해보상보험",
         "고용보험 | 국민연금 | 국민건강보험 | 노인장기요양보험", "It covers accidents at work."),
    Item((LABOUR, "사회보험법"), "실업급여를 지급하는 사회보험은?", "고용보험",
         "산업재해보상보험 | 국민연금 | 국민건강보험 | 노인장기요양보험", "Employment insurance pays the unemployed."),
]


def build_rows():
    rng = random.Random(21)
    counts = [NUM_OPTIONS.get(item.group[0], 5) for item in ITEMS]
    positions = gold_positions(counts, 22)
    rows = []
    for item, count, position in zip(ITEMS, counts, positions):
        check_item(item, {count})
        licence, subject = item.group
        options = arrange(item, position, rng)
        assert options[position] == item.right
        rows.append({"question": item.question, "options": options, "solution": str(position + 1),
                     "license_name": licence, "subject": subject})
    assert len(rows) == 60 and len({row["question"] for row in rows}) == 60
    for licence in {row["license_name"] for row in rows}:
        assert 2 <= len({row["subject"] for row in rows if row["license_name"] == licence}) <= 3, licence
    used = [sum(row["solution"] == str(k) for row in rows) for k in range(1, 6)]
    assert max(used) - min(used) <= 1, used
    return rows


def main():
    out = pathlib.Path(__file__).parent / "kmmlu_pro"
    out.mkdir(exist_ok=True)
    rows = build_rows()
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "test.jsonl").write_text(text, encoding="utf-8")
    print(f"kmmlu_pro/test.jsonl: {len(rows)} rows")


if __name__ == "__main__":
    main()
