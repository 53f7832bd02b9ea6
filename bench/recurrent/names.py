"""Names to learn from, a dozen for each language of the PyTorch tutorial: all made up for this project."""

from __future__ import annotations

import string

LETTERS = string.ascii_letters + " .,;'-"
END = len(LETTERS)  # the letter after a name's last
N_LETTERS = len(LETTERS) + 1
LONGEST = 20

_NAMES = {
    "Arabic": "Barakim Dalouni Farrasi Hamdour Jazeeli Kassoum Malouf Naderi Rashoun Saleban Tahouri Zaydan",
    "Chinese": "Bao Chiang Deng Fong Guo Huang Jiao Liang Meng Qiu Shen Zhuang",
    "Czech": "Adamek Brezina Cermalik Dvorsky Hlavicka Janousek Kratochek Ludvicek Novotka Pospisek Vranek Zelinka",
    "Dutch": "Aalderink Brinkhuis Dekkering Goossink Haverkamp Kuiperman Meerveld Nijholt Rooshuis Tervoort Veldman "
    "Wijnstra",
    "English": "Ashbrook Barnsley Colworth Dunmore Fairwell Harding Kelworth Milford Northam Radley Stanwick Whitmore",
    "French": "Aubremont Bellerive Chardonet Duvallon Fontenay Girodet Lamoureau Marchenoir Perrineau Rochefont "
    "Sauvignet Valmoret",
    "German": "Achtermann Bergholz Dornbach Eberling Falkenried Grunwald Hirschberg Kaltenbach Lindenau Rosenthal "
    "Steinhof Weissner",
    "Greek": "Andrakis Christoulos Demopoulos Fotakis Georgallis Kalogeras Leontakis Mavrakis Nikolidis Papadellis "
    "Stavridis Theodorakos",
    "Irish": "Brannagh Callahone Donnelan Fallonby Gallaghy Kearnigan Laffertie Maguinn Odonal Quinlahan Rafferan "
    "Sheedagh",
    "Italian": "Albertoni Bellucci Cardarelli Donatelli Ferrantino Giordani Lombardelli Marinetti Pellegrino "
    "Rossellini Salvatini Zanardelli",
    "Japanese": "Akimura Fujihara Hashizawa Ishikata Kawahata Matsuhara Nakazaki Okamori Sakuragi Takemura "
    "Watahashi Yoshimori",
    "Korean": "Bae Chong Hwang Jeong Kwan Myong Nam Paek Ryong Seong Yoon Yun",
    "Polish": "Adamczyk Bielecki Czarnowski Dombrowik Gorecki Jablonowicz Kozielski Lewandek Majewicz Nowicki "
    "Sobczyk Wisniewicz",
    "Portuguese": "Almeirao Barreirinho Carvalhais Ferreirinha Gouveira Loureirao Machadinho Nogueiro Pinheirao "
    "Ribeirao Silveirinha Teixeirao",
    "Russian": "Abramenko Bogdanovsky Chernovin Dolgorukin Fedorchenko Gavrilin Kuznetsin Lebedenko Morozovsky "
    "Petrenko Sokolovin Volkonin",
    "Scottish": "Abernath Buchannan Crawfurd Drummore Ferguslie Galbrae Kinnairn Lochmore Macrannoch Ogilvane "
    "Ramsden Strathorn",
    "Spanish": "Alvarenda Bermudeza Castelleno Dominguera Escobero Fuentesa Gutierra Hernandera Montenegra "
    "Quintanera Salazara Villaruela",
    "Vietnamese": "Bui Cao Dinh Duong Hoang Khuat Luong Ngo Phung Quach Thach Vuong",
}

NAMES = {language: names.split() for language, names in _NAMES.items()}
LANGUAGES = tuple(NAMES)


def text_of(letters: list[int]) -> str:
    """The letters of one name up to its end."""
    ends = letters.index(END) if END in letters else len(letters)
    return "".join(LETTERS[letter] for letter in letters[:ends])
