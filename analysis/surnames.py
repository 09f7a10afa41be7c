"""Surnames for `person_names.py`: a list, and endings by which a word is told to be one."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without accents and in small letters. Those that are everyday words, towns or brands as well are
# left out on purpose.
SURNAMES = _words(
    """
    abdallah abebe abubakar acheampong adams adebayo adeleke adeyemi agarwal aggarwal aguilar
    ahmadi ahn akhtar albrecht alemu allen alvarez amoah anderson ansari appiah aquino arslan
    asante axelsson aydin ayinde bailey bakker balakrishnan balogh balogun banerjee barbieri
    barnes barros bauer baumann bautista begum bekele bello benedetti bengtsson bennett berglund
    bergmann bergstrom bernard bernardi bhatia bhatt bhattacharya bianchi blanchard blom boateng
    bonnet boyd braun brouwer brunet bruno bryant burke caldwell campbell cardoso carson caruso
    carvalho castillo castro celik cetin chakraborty chatterjee chaudhry chauhan chavez
    chevalier choi chopra chowdhury christensen cisse clarke cohen collins colombo costa
    coulibaly cunningham czarnecki dahl danielsson davidson davies davis dekker delacroix
    delgado demir desai deshpande devries diallo dias dietrich dijkstra diop dixon dlamini dogan
    donnelly doyle duarte dubey dubois dumont dupont durand dutta dvorak edwards eklund ellis
    engstrom eriksen eriksson esposito evans fabre farkas farrell faure ferguson fernandes
    fernandez ferrara ferreira ferri fitzgerald fleming fonseca fontana forsberg foster fournier
    franke fraser fredriksson freitas fuchs fujita gallagher gallo garcia garnier gauthier
    gautier gentile ghosh gibson giordano girard giraud girma goldberg goldstein gomes gomez
    goncalves gonzales gonzalez gopalakrishnan graham greco greenberg greenwood griffiths
    grossmann guerin gunther gupta gurung gustafsson gutierrez guzman haddad hakimi halvorsen
    hansen hansson harper harris harrison hartmann hasegawa hashimoto haugen hawkins hayashi
    hendriks henriksen henriksson hernandez herrera herrmann hoffman hoffmann hofmann hossain
    hosseini hughes huynh hwang ibrahim iglesias inoue ishikawa ivanov iyengar iyer jacobs
    jacobsen jafari jakobsson jankowski jansen jansson jayawardena jenkins jensen jimenez
    johannessen johansen johansson johnson jones jonsson jorgensen joshi juhasz jung kaczmarek
    kamau kaminski kapoor karimi karlsson kaya keita keller kelly kennedy khalil khan khanna
    khoury khumalo kimani kimura kobayashi koch kohler konate korhonen kovac kovacs kowalczyk
    kowalski kramer krause krawczyk krishnamurthy krishnan kristensen kristiansen kruger kucera
    kuhn kulkarni kwiatkowski lacroix lakatos lambert larsen larsson leclerc lefebvre lefevre
    legrand lehmann lehtonen lemaire lemoine leroux leroy lewandowski lima lindberg lindgren
    lindqvist lindstrom lombardi lopes lopez lorenz lundberg lundgren lundqvist macdonald
    machado mackenzie madsen magnusson mahlangu makinen malhotra mancini marchand marchetti
    marino marques martinelli martinez martins masson matsuda matsumoto mcallister mccarthy
    mcdonald mcgrath mckenzie mclaughlin mehta meijer mendes mendoza menon mensah meyer
    michalski mishra mitchell mohammadi mokoena molina moller molnar monteiro moradi morales
    moreau moreira morel moreno moretti morgenstern morozov morris morrison mortensen moyo
    mukherjee mulder muller murakami murphy mutua mwangi naicker naidoo naidu nair nakajima
    nakamura narayanan natarajan ncube ndiaye ndlovu nemeth neumann newman nguyen nielsen
    nieminen nilsen nilsson nishimura njoroge nkosi novak novotny nowak nwachukwu nwosu obi
    ochieng odhiambo ogawa ogunleye okada okafor okamoto okeke okonkwo okoye oliveira olofsson
    olsen olsson olszewski omondi onyango ortega ortiz osei otieno owens owusu ozdemir ozturk
    pacheco palumbo pandey parekh pascal patel patil patterson pawlowski pedersen pellegrini
    pereira perera peretz perez petersen peterson petrov petterson pettersson pfeiffer pham
    phillips pillai pinto piotrowski popov prasad pretorius qureshi rahimi rahman ramachandran
    ramirez ramos rao rasmussen rathore reddy reynolds ribeiro ricci richter riviere rizzo
    roberts robertson robinson rocha rodrigues rodriguez rogers rojas romano romero rosenberg
    rosenthal rossi rousseau roussel rubio ruiz russo saito sakamoto salazar sanchez sandberg
    santoro santos sasaki sato sauer schafer schmid schmidt schmitt schmitz schneider schreiber
    schroder schroeder schubert schulte schultz schulz schulze schumacher schuster schwarz
    seidel serrano sharma shevchenko shimizu shrestha shukla siddiqui silva simmons simonsen
    simsek singh sinha sithole sjoberg smirnov smit smith soares sokolov solberg sorensen soto
    sousa souza srinivasan srivastava steiner stevens stewart stokes subramaniam subramanian
    sullivan sundaram suzuki svensson swaminathan szabo szymanski takacs takahashi tanaka
    tavares teixeira tesfaye thakur thapa thompson thomsen tiwari toth toure traore trivedi
    tshabalala uddin ueda varga vargas varma vasquez vazquez velasco venkataraman verma vieira
    virtanen visser vogt voigt vries wagner walczak wallin walsh watanabe watkins watson weber
    weiss werner whitaker wieczorek williams williamson wilson wisniewski wojcik wolff wozniak
    yadav yamada yamaguchi yamamoto yamashita yamazaki yildirim yildiz yilmaz yoon yoshida zajac
    zhang zhao zheng zhou ziegler zielinski zimmermann zuma
    """
)
# Written before the given name: "Zhang Min".
FIRST_SURNAMES = _words(
    """
    bui cai chen cheng choi dang deng duong feng gao guo hoang huang huynh jiang jung kang kim kwon
    lee liang lim lin liu luo ngo nguyen pham shen tran tang wang wu xie xu yang yu yuan
    zeng zhang zhao zheng zhou zhu
    """
)
_ENDING = re.compile(
    r"[^\W\d_]{3,}(?:opoulos|opoulou|akis|idis|iadis|enko|chuk|ovic|evic|ovich|evich|owicz|ewicz|owski"
    r"|owska|ewski|ewska|inski|inska|ynski|ynska|escu|sson|dottir|oglu|ashvili|adze|janian|yan"
    r"|qvist|kvist|gaard|vold|inen|berger|huber|mann|meier|meyer|mayer|hofer|stein|etxea|eberria|goitia"
    r"|swamy|murthy|singhe|sekara|wardena|nathan|ovsky|evsky|ovskaya|evskaya)"
    r"|[^\W\d_]{4,}(?:ov|ova|ev|eva|ski|ska|sky|vic|zak|czyk|yk)"
    r"|(?:mc|mac|fitz)[^\W\d_]{4,}"
)


def is_surname_ending(word: str) -> bool:
    """Tell whether a word in small letters, without accents, ends as surnames do."""
    return bool(_ENDING.fullmatch(word))
