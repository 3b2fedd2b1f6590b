"""Words that the rules look for. Lower case; plain word forms only."""

from __future__ import annotations

MEDICAL_WORDS = frozenset(
    """
    abscess acetabulum adenoids adenoma adhesions ambulatory amniotic anastomosis anaphylaxis
    anesthesiologist aneurysm angiogram angioplasty antibody anticoagulant anticoagulants
    antigen aorta apnea arrhythmia arthritis arthroplasty arthroscope aspiration asymptomatic
    atrial audiologist autoimmune benign bilateral bilirubin biopsy bronchi bronchoscope
    calcification cannula carcinoma cardiac cardiologist cardiomyopathy cardiovascular cartilage
    catheter cerebral cervical cervix cholesterol chronic cirrhosis clavicle colonoscope
    colposcope comorbidity congenital contraindicated contrast cornea coronary creatinine
    cystoscope dementia dermatologist diaphragm dialysis diastolic dilation diuretic diverticulitis
    dysplasia echocardiogram edema electrode electrolytes embolism embryo endocrinologist
    endometriosis endometrium endoscope enzyme epidural epiglottis esophagus excision exudate
    fallopian femur fetal fibroid fibroids fibula fistula fluoroscopy gastroenterologist
    gastrointestinal gestation gestational glaucoma glucose gynecologist hematologist hematoma
    hemoglobin hemorrhage hepatitis hernia hormone humerus hypertension hyperthyroidism
    hypoglycemia hypothyroidism hysterectomy hysteroscope immunoglobulin implant incision
    incontinence infarction inflammation inguinal insufflation intravenous intubation ischemia
    jaundice ketones laminectomy laparoscope laparoscopic laparoscopy larynx lesion ligament
    lipids lumbar lumpectomy lymphoma malignant mammogram mastectomy melanoma meninges meniscus
    metabolic metastasis mucosa myocardial nebulizer necrosis neonatal neoplasm nephrologist
    neurologist neuropathy noninvasive obstetrician oncologist ophthalmologist ophthalmoscope
    optometrist orthopedic orthotic osteoarthritis osteoporosis otolaryngologist otoscope
    palliative pancreatitis paralysis pathologist pathology pediatrician pelvic perforation
    perinatal peritoneum phlebotomist physiatrist placenta plaque platelets pneumonia
    pneumothorax polyp polyps postpartum prenatal prosthesis prosthetic psychiatrist psychologist
    psychotherapy pulmonary pulmonologist quadriceps radiologist radiology renal resection
    respiratory retina rheumatologist sciatica sclerosis sedation seizure sepsis shunt sinusitis
    speculum spirometer splint stenosis stent sternum stool supine suture sutures syncope synovial
    systolic tendon thrombosis thyroid tibia tracheostomy transducer transvaginal tumor ultrasound
    ureter urethra urologist uterus vascular ventricle vertebra vertebrae vertebral
    """.split()
) - frozenset(
    # Known to nearly every adult, or plain enough where pages use them.
    """
    arthritis cholesterol dementia hernia hormone implant mammogram pneumonia radiology stool
    thyroid tumor ultrasound ligament tendon cartilage
    """.split()
)
"""Words that need an explanation where they first stand on a page (CL016)."""

FILLER = (
    "consult your doctor",
    "consult with",
    "consult a",
    "healthcare professional",
    "health care professional",
    "healthcare provider",
    "health care provider",
    "individual needs",
    "individual experiences",
    "important to note",
    "may vary",
    "can vary",
    "varies from person to person",
    "state-of-the-art",
    "cutting-edge",
    "peace of mind",
    "rest assured",
    "in order to",
    "prior to",
    "utilize",
    "utilise",
    "a wide range of",
    "a variety of",
    "as deemed",
    "if applicable",
    "not applicable",
    "each person is different",
    "everyone is different",
    "speak with your doctor",
    "talk to your doctor about whether",
    "follow your doctor's instructions",
    "follow all instructions",
    "best determined",
    "overall health and well-being",
    "quality of life",
    "play a crucial role",
    "crucial",
    "comprehensive",
    "facilitate",
    "open mind",
)
"""Phrases that help nobody (CL018)."""

CODEBOOK_STYLE = (
    (r";", "a semicolon"),
    (r"\be\.?g\b", '"eg"'),
    (r"\bi\.e\b", '"ie"'),
    (r"with or without", '"with or without"'),
    (r"\(s\)", '"(s)"'),
    (r"\b(initial|subsequent) encounter\b", '"initial/subsequent encounter"'),
    (r"when performed", '"when performed"'),
    (r"separate procedure", '"separate procedure"'),
    (r"\bunilateral or bilateral\b", '"unilateral or bilateral"'),
    (r"each additional", '"each additional"'),
    (r"\b(NOS|NEC|NTE)\b", "a code-book abbreviation"),
    (r"\b(qualitative|quantitative|semiquantitative)\b", "a code-book word"),
    (r"any method", '"any method"'),
    (r"\bw/o?\b", '"w/"'),
    (r"\band/or\b", '"and/or"'),
)
"""Marks of code-book wording that no title of ours has (CL012)."""

ABBREVIATIONS = ("dr", "mr", "mrs", "ms", "vs", "a.m", "p.m", "u.s", "no", "st", "e.g", "i.e")
"""A full stop after these does not end a sentence."""
